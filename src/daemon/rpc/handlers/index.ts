import type { Handler } from '../api.ts';
import { agentShow } from './agents/agent-show.ts';
import { agentsAdd } from './agents/agents-add.ts';
import { agentsList } from './agents/agents-list.ts';
import { agentsRemove } from './agents/agents-remove.ts';
import { exec } from './agents/exec.ts';
import { kill } from './agents/kill.ts';
import { restart } from './agents/restart.ts';
import { setPaused } from './agents/set-paused.ts';
import { setStatus } from './agents/set-status.ts';
import { share } from './agents/share.ts';
import { start } from './agents/start.ts';
import { stop } from './agents/stop.ts';
import { whoami } from './agents/whoami.ts';
import { answer } from './asks/answer.ts';
import { askCancel } from './asks/ask-cancel.ts';
import { ask } from './asks/ask.ts';
import { asksList } from './asks/asks-list.ts';
import { threadShow } from './asks/thread-show.ts';
import { threadsList } from './asks/threads-list.ts';
import { execOutput } from './harness/exec-output.ts';
import { hello } from './harness/hello.ts';
import { mailWaiting } from './harness/mail-waiting.ts';
import { next } from './harness/next.ts';
import { turnActivity } from './harness/turn-activity.ts';
import { turnEnd } from './harness/turn-end.ts';
import { doctor } from './hive/doctor.ts';
import { loginSet } from './hive/login-set.ts';
import { logs } from './hive/logs.ts';
import { overview } from './hive/overview.ts';
import { shutdown } from './hive/shutdown.ts';
import { status } from './hive/status.ts';
import { subscribe } from './hive/subscribe.ts';
import { inbox } from './messages/inbox.ts';
import { messages } from './messages/messages.ts';
import { presented } from './messages/presented.ts';
import { recv } from './messages/recv.ts';
import { send } from './messages/send.ts';
import { turnMessages } from './messages/turn-messages.ts';
import { remind } from './reminders/remind.ts';
import { reminderCancel } from './reminders/reminder-cancel.ts';
import { remindersList } from './reminders/reminders-list.ts';
import { agentStatus } from './reference/agent-status.ts';
import { destroy } from './reference/destroy.ts';
import { list } from './reference/list.ts';
import { urls } from './reference/urls.ts';
import { signInBegin } from './sign-in/sign-in-begin.ts';
import { signInFinish } from './sign-in/sign-in-finish.ts';
import { signOut } from './sign-in/sign-out.ts';
import { deadDismiss } from './trouble/dead-dismiss.ts';
import { deadList } from './trouble/dead-list.ts';
import { deadRetry } from './trouble/dead-retry.ts';
import { parkedList } from './trouble/parked-list.ts';
import { parkedRelease } from './trouble/parked-release.ts';

/** Every handler there is; a test holds it against the protocol's list of methods. */
export const handlers: readonly Handler[] = [
  ...[send, recv, presented, turnMessages, inbox, messages],
  ...[remind, remindersList, reminderCancel],
  ...[ask, answer, asksList, askCancel, threadsList, threadShow],
  ...[deadList, deadRetry, deadDismiss, parkedList, parkedRelease],
  ...[hello, next, turnActivity, mailWaiting, turnEnd, execOutput],
  ...[
    agentsAdd,
    agentsRemove,
    agentsList,
    agentShow,
    setPaused,
    start,
    stop,
    restart,
    kill,
    exec,
    whoami,
    setStatus,
    share,
  ],
  ...[status, overview, shutdown, subscribe, logs, doctor, loginSet],
  ...[signInBegin, signInFinish, signOut],
  ...[list, agentStatus, urls, destroy],
];
