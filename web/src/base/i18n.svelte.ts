// Texts of the UI. t('models.title') gives the text in the chosen language; {name} parts are filled in.
// The other language is only loaded when it is chosen.
import { en, type TextKey, type Texts } from './texts.en';

const kKey = 'greenroom.language';
export type Language = 'en' | 'de';

class Language_ {
  code = $state<Language>('en');
  texts = $state.raw<Texts>(en);
  async choose(code: Language): Promise<void> {
    this.texts = code === 'de' ? (await import('./texts.de')).de : en;
    this.code = code;
    localStorage.setItem(kKey, code);
    document.documentElement.lang = code;
  }
  async begin(): Promise<void> {
    const kept = localStorage.getItem(kKey) ?? navigator.language.slice(0, 2);
    if (kept === 'de') await this.choose('de');
    else document.documentElement.lang = 'en';
  }
}

export const language = new Language_();

export function fill(text: string, values: Record<string, string | number>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => (name in values ? String(values[name]) : whole));
}

export function t(key: TextKey, values: Record<string, string | number> = {}): string {
  return fill(language.texts[key], values);
}
export type { TextKey };
