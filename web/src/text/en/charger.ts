export const charger = {
  title: 'Charger',
};
