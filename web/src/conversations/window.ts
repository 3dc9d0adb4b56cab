// Which rows of a long list are to be drawn, and which pages of it are to be fetched. Pure.
export interface Window {
  first: number; // row
  last: number; // row, exclusive
  pages: number[];
}

export function windowOf(view: { top: number; height: number; row: number; total: number; page: number; spare?: number }): Window {
  const spare = view.spare ?? 6;
  const first = Math.max(0, Math.floor(view.top / view.row) - spare);
  const last = Math.min(view.total, Math.ceil((view.top + view.height) / view.row) + spare);
  const pages: number[] = [];
  for (let page = Math.floor(first / view.page); page * view.page < last; page++) pages.push(page);
  return { first, last, pages };
}
