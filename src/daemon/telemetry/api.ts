import type { MeteredUsage } from '#src/protocol/usage.ts';

/** An egress the edge refused. */
export interface RefusedEgress {
  agent: string;
  at: number;
  host: string;
  port: number;
  remedy: string;
}

/** What was used and refused, for rows and pages. */
export interface Telemetry {
  used(usage: MeteredUsage): Promise<void>;
  refused(agent: string, host: string, port: number, remedy: string): Promise<void>;
  tokensToday(agent?: string): number;
  refusals(max: number, agent?: string): RefusedEgress[];
}
