export const signin = {
  title: 'Signin',
};
