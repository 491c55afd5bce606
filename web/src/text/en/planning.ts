export const planning = {
  title: 'Planning',
};
