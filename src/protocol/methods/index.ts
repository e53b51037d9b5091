import * as agents from './agents.ts';
import * as asks from './asks.ts';
import * as harness from './harness.ts';
import * as hive from './hive.ts';
import * as messages from './messages.ts';
import * as reference from './reference.ts';
import * as reminders from './reminders.ts';
import * as signIn from './sign-in.ts';
import * as trouble from './trouble.ts';

/** Every method of the hive's sockets, by a name for code; `cmd` is its name on the wire. */
export const methods = {
  send: messages.send,
  recv: messages.recv,
  presented: messages.presented,
  turnMessages: messages.turnMessages,
  inbox: messages.inbox,
  messages: messages.messages,
  remind: reminders.remind,
  remindersList: reminders.remindersList,
  reminderCancel: reminders.reminderCancel,
  ask: asks.ask,
  answer: asks.answer,
  asksList: asks.asksList,
  askCancel: asks.askCancel,
  threadsList: asks.threadsList,
  threadShow: asks.threadShow,
  deadList: trouble.deadList,
  deadRetry: trouble.deadRetry,
  deadDismiss: trouble.deadDismiss,
  parkedList: trouble.parkedList,
  parkedRelease: trouble.parkedRelease,
  hello: harness.hello,
  next: harness.next,
  turnActivity: harness.turnActivity,
  mailWaiting: harness.mailWaiting,
  turnEnd: harness.turnEnd,
  execOutput: harness.execOutput,
  agentsAdd: agents.agentsAdd,
  agentsRemove: agents.agentsRemove,
  agentsList: agents.agentsList,
  agentShow: agents.agentShow,
  setPaused: agents.setPaused,
  start: agents.start,
  stop: agents.stop,
  restart: agents.restart,
  kill: agents.kill,
  exec: agents.exec,
  whoami: agents.whoami,
  setStatus: agents.setStatus,
  share: agents.share,
  status: hive.status,
  overview: hive.overview,
  shutdown: hive.shutdown,
  subscribe: hive.subscribe,
  logs: hive.logs,
  doctor: hive.doctor,
  loginSet: hive.loginSet,
  signInBegin: signIn.signInBegin,
  signInFinish: signIn.signInFinish,
  signOut: signIn.signOut,
  list: reference.list,
  agentStatus: reference.agentStatus,
  urls: reference.urls,
  destroy: reference.destroy,
} as const;
