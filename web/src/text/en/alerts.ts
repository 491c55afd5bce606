export const alerts = {
  title: 'Alerts and errors',
};
