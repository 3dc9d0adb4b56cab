// Short messages at the edge of the screen: what was done, or what went wrong.
export interface Notice {
  id: number;
  text: string;
  kind: 'done' | 'problem';
  action?: { label: string; run: () => void };
}

class Notices {
  list = $state<Notice[]>([]);
  private next = 1;
  say(text: string, options: Partial<Omit<Notice, 'id' | 'text'>> = {}): void {
    const id = this.next++;
    this.list.push({ id, text, kind: 'done', ...options });
    const stays = options.kind === 'problem' || options.action;
    setTimeout(() => this.drop(id), stays ? 12_000 : 5_000);
  }
  drop(id: number): void {
    this.list = this.list.filter((notice) => notice.id !== id);
  }
}

export const notices = new Notices();
