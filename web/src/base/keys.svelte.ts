// The keymap: `g` and a letter goes to a page, `?` shows the list, Ctrl-K opens the commands. Single keys are off while
// somebody types, and can be switched off altogether (settings).
import type { TextKey } from './i18n.svelte';

const kKey = 'greenroom.keys';
export const pages: { path: string; key: string; label: TextKey; needs: string | null }[] = [
  { path: '', key: 'h', label: 'nav.home', needs: null },
  { path: 'models', key: 'm', label: 'nav.models', needs: 'models.view' },
  { path: 'environments', key: 'e', label: 'nav.environments', needs: 'environments.view' },
  { path: 'talk', key: 't', label: 'nav.talk', needs: 'test_conversation.view' },
  { path: 'conversations', key: 'c', label: 'nav.conversations', needs: 'conversations.view' },
  { path: 'people', key: 'p', label: 'nav.people', needs: 'users.view' },
  { path: 'tokens', key: 'k', label: 'nav.tokens', needs: null },
  { path: 'audit', key: 'a', label: 'nav.audit', needs: 'audit.view' },
  { path: 'settings', key: 's', label: 'nav.settings', needs: null },
];

class Keys {
  enabled = $state(localStorage.getItem(kKey) !== 'off');
  choose(enabled: boolean): void {
    this.enabled = enabled;
    localStorage.setItem(kKey, enabled ? 'on' : 'off');
  }
}
export const keys = new Keys();

export function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}
