export const reference = {
  title: 'Reference',
};
