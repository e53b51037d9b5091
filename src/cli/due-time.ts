/** A moment (epoch ms) on the clocks of a time zone, the host's unless told: `2026-12-01 09:00:00 Europe/Berlin`. */
export function dueTime(at: number, zone?: string | null): string {
  const timeZone = zone ?? new Intl.DateTimeFormat().resolvedOptions().timeZone;
  // Sweden writes dates as ISO 8601 does.
  return `${new Date(at).toLocaleString('sv-SE', { timeZone })} ${timeZone}`;
}
