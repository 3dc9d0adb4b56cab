// Makes turns of a list of events: what was said, and what the model did about it.
import type { Entity, Event } from '../base/types';

export interface Turn {
  user: Event | null; // null: what the bot did before anybody said anything
  events: Event[];
  replies: Event[];
}

export function turnsOf(events: readonly Event[]): Turn[] {
  const turns: Turn[] = [];
  for (const event of events) {
    if (event.event === 'user' || turns.length === 0) turns.push({ user: event.event === 'user' ? event : null, events: [], replies: [] });
    const turn = turns.at(-1)!;
    turn.events.push(event);
    if (event.event === 'bot') turn.replies.push(event);
  }
  return turns;
}

export interface Piece {
  text: string;
  entity?: Entity;
}

/** Cuts a text at its entities. Offsets count characters, as the server does; what overlaps is shown once. */
export function piecesOf(text: string, entities: readonly Entity[]): Piece[] {
  const letters = [...text];
  const pieces: Piece[] = [];
  let at = 0;
  const marked = entities.filter((one) => one.start !== undefined && one.end !== undefined).sort((a, b) => a.start! - b.start!);
  for (const entity of marked) {
    if (entity.start! < at || entity.end! > letters.length) continue;
    if (entity.start! > at) pieces.push({ text: letters.slice(at, entity.start).join('') });
    pieces.push({ text: letters.slice(entity.start, entity.end).join(''), entity });
    at = entity.end!;
  }
  if (at < letters.length) pieces.push({ text: letters.slice(at).join('') });
  return pieces;
}
