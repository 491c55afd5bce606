export const chargers = {
  title: 'Chargers',
};
