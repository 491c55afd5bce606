export const reference = {
  title: 'API',
};
