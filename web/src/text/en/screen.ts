export const screen = {
  title: 'Screen',
};
