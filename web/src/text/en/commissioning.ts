export const commissioning = {
  title: 'Commissioning',
};
