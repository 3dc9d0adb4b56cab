// Light, dark, or as the system has it. Kept in this browser.
const kKey = 'greenroom.theme';
export type Theme = 'system' | 'light' | 'dark';

class Theme_ {
  chosen = $state<Theme>((localStorage.getItem(kKey) as Theme | null) ?? 'system');
  choose(theme: Theme): void {
    this.chosen = theme;
    localStorage.setItem(kKey, theme);
    this.apply();
  }
  apply(): void {
    if (this.chosen === 'system') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = this.chosen;
  }
}

export const theme = new Theme_();
