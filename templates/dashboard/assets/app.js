/* The dashboard's own script: live swaps that disturb nobody, keyboard, palette, notifications. Every page works without it. */
(() => {
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const HOLD_MS = 1500;
  const KEEP_MS = 6000;
  document.body.classList.add('js');

  // --- Live swaps -------------------------------------------------------------------------------------------------
  // Morphing keeps what did not change. What a person has opened, typed or just been told stays as it is.
  const callbacks = Idiomorph.defaults.callbacks;
  callbacks.beforeAttributeUpdated = (name, node) => !(name === 'open' && node.tagName === 'DETAILS');
  callbacks.beforeNodeMorphed = (old) => !(isField(old) && (old === document.activeElement || isDirty(old)));
  callbacks.beforeNodeRemoved = (node) => !(node instanceof Element && isKept(node));

  function isField(node) {
    return node instanceof Element && node.matches('textarea, select, input:not([type=hidden])');
  }

  function isDirty(field) {
    if (field.type === 'checkbox') return field.checked !== field.defaultChecked;
    if (field.tagName === 'SELECT') return field.dataset.touched === 'yes';
    return field.value !== field.defaultValue;
  }

  // What came of an answer stays a moment though the ask is gone, and so does an answer that somebody is just writing.
  function isKept(node) {
    const told = [node, ...$$('[data-keep]', node)].filter((element) => element.matches('[data-keep]'));
    for (const element of told.filter((one) => one.dataset.keep === '')) {
      element.dataset.keep = 'for now';
      setTimeout(() => element.remove(), KEEP_MS);
    }
    const writing = $$('textarea, input', node).some((field) => field === document.activeElement && isDirty(field));
    return told.length > 0 || writing;
  }

  // While the pointer moves over something that can be pressed, a swap of its surroundings waits a moment; what comes of a press is shown at once.
  let pointerMoved = 0;
  let pointerOn = null;
  let pressed = -Infinity;
  const held = new Map();
  document.addEventListener('pointermove', (event) => {
    if (event.pointerType !== 'mouse') return;
    pointerMoved = performance.now();
    pointerOn = event.target instanceof Element ? event.target.closest('a, button, summary, select, label') : null;
  });
  document.addEventListener('click', () => (pressed = performance.now()), true);
  const isAiming = () => performance.now() - pointerMoved < HOLD_MS && performance.now() - pressed > HOLD_MS;
  document.addEventListener('htmx:sseBeforeMessage', (event) => {
    const target = event.target;
    const busy = pointerOn && target.contains(pointerOn) && isAiming();
    if (!busy) return void held.delete(target);
    event.preventDefault();
    held.set(target, event.detail.data);
  });
  setInterval(() => {
    if (isAiming()) return;
    for (const [target, html] of held) htmx.swap(target, html, { swapStyle: 'morph:innerHTML' }, { contextElement: target });
    held.clear();
  }, 250);
  document.addEventListener('htmx:afterSwap', refresh);
  document.addEventListener('htmx:sseMessage', refresh);

  function refresh() {
    const waiting = Number($('#frame-waiting')?.dataset.waiting ?? 0);
    document.title = (waiting > 0 ? `(${waiting}) ` : '') + document.title.replace(/^\(\d+\) /, '');
    markMuted();
  }

  // --- The event stream -------------------------------------------------------------------------------------------
  // Browsers allow six connections per host: a hidden tab gives its own back, unless it notifies.
  let source = null;
  document.addEventListener('htmx:sseOpen', (event) => {
    source = event.detail.source;
    document.body.dataset.live = 'yes';
    $('#offline').hidden = true;
    source.addEventListener('notice', (message) => notify(JSON.parse(message.data)));
    source.addEventListener('signed-out', () => location.reload());
    for (const name of ['notice', 'reset', 'frame']) source.addEventListener(name, remember);
  });
  let offlineTimer = 0;
  document.addEventListener('htmx:sseError', () => {
    delete document.body.dataset.live;
    clearTimeout(offlineTimer);
    offlineTimer = setTimeout(showOffline, 2000);
  });

  async function showOffline() {
    if (source?.readyState === EventSource.OPEN || document.hidden) return;
    $('#offline').hidden = false;
    const answer = await fetch('/palette').catch(() => null);
    if (answer?.redirected) location.reload();
  }

  document.addEventListener('visibilitychange', () => {
    if (!source) return;
    if (document.hidden && !notifying()) source.close();
    else if (!document.hidden && source.readyState === EventSource.CLOSED) source.onerror?.(new Event('error'));
  });

  function remember(message) {
    if (!message.lastEventId) return;
    const address = new URL(document.body.getAttribute('sse-connect'), location.href);
    address.searchParams.set('after', message.lastEventId);
    document.body.setAttribute('sse-connect', address.pathname + address.search);
  }

  // --- Forms ------------------------------------------------------------------------------------------------------
  document.addEventListener('htmx:beforeRequest', (event) => {
    const error = $('.form-error', event.target);
    if (error) error.textContent = '';
  });
  document.addEventListener('htmx:afterRequest', (event) => {
    if (event.detail.successful && event.target.matches?.('form[data-reset]')) $$('textarea', event.target).forEach((field) => (field.value = ''));
  });
  document.addEventListener('htmx:sendError', (event) => {
    const error = $('.form-error', event.target);
    if (error) error.textContent = 'The dashboard did not answer. Nothing is known to have happened: try again.';
  });
  document.addEventListener('change', (event) => {
    if (event.target.tagName === 'SELECT') event.target.dataset.touched = 'yes';
  });
  document.addEventListener('click', async (event) => {
    const copy = event.target.closest('[data-copy]');
    if (!copy) return;
    await navigator.clipboard.writeText($('span', copy.parentElement).textContent);
    copy.title = 'Copied';
    copy.setAttribute('aria-pressed', 'true');
    setTimeout(() => copy.removeAttribute('aria-pressed'), 1500);
  });

  // --- Time -------------------------------------------------------------------------------------------------------
  const STEPS = [[60e3, 1e3, 's'], [3600e3, 60e3, 'm'], [86400e3, 3600e3, 'h'], [Infinity, 86400e3, 'd']];
  setInterval(() => {
    for (const time of $$('time[data-ago]')) {
      const ago = Date.now() - Date.parse(time.dateTime);
      const ms = Math.abs(ago);
      const [, unit, suffix] = STEPS.find(([limit]) => ms < limit);
      const text = ms < 5000 ? 'now' : (ago < 0 ? Math.round(ms / unit) : Math.floor(ms / unit)) + suffix;
      if (time.textContent !== text) time.textContent = text;
    }
  }, 5000);

  // --- Keyboard ---------------------------------------------------------------------------------------------------
  const GO = { a: '/#agents', t: '/threads', m: '/messages', h: '/' };
  let afterG = -Infinity;
  document.addEventListener('keydown', (event) => {
    const writing = event.target.closest?.('input, textarea, select');
    if (writing && event.key === 'Enter' && (event.ctrlKey || event.metaKey)) return void writing.form?.requestSubmit($('.primary', writing.form));
    if (event.key === 'Escape' && writing) return void writing.blur();
    if (writing || event.ctrlKey || event.metaKey || event.altKey || $('dialog[open]')) return;
    const key = event.key.toLowerCase();
    if (performance.now() - afterG < 1000 && GO[key]) {
      afterG = -Infinity;
      return void (location.href = GO[key]);
    }
    const act = { g: () => (afterG = performance.now()), k: openPalette, '/': openPalette, '?': () => $('#help').showModal(), n: nextThatNeeds, enter: openMarked }[key];
    if (!act || (key === 'enter' && !event.target.dataset?.href)) return;
    event.preventDefault();
    act();
  });

  function nextThatNeeds() {
    const items = $$('[data-needs]');
    if (items.length === 0) return void (location.pathname === '/' || (location.href = '/#needs'));
    const next = items[(items.indexOf(document.activeElement?.closest('[data-needs]')) + 1) % items.length];
    next.focus();
    next.scrollIntoView({ block: 'nearest' });
  }

  function openMarked() {
    location.href = document.activeElement.dataset.href;
  }

  // --- Palette ----------------------------------------------------------------------------------------------------
  const palette = $('#palette');
  const search = $('#palette-search');
  $('[data-open=palette]').addEventListener('click', openPalette);

  async function openPalette() {
    search.value = '';
    palette.showModal();
    const answer = await fetch('/palette', { headers: { 'HX-Request': 'true' } });
    if (!answer.ok) return void location.reload();
    $('#palette-list').innerHTML = await answer.text();
    filterPalette();
  }

  function filterPalette() {
    const words = search.value.toLowerCase().split(/\s+/);
    const items = $$('#palette-list li');
    for (const item of items) item.hidden = !words.every((word) => item.textContent.toLowerCase().includes(word));
    markItem(items.find((item) => !item.hidden));
  }

  function markItem(item) {
    $$('#palette-list li.on').forEach((old) => old.classList.remove('on'));
    item?.classList.add('on');
    item?.scrollIntoView({ block: 'nearest' });
  }

  search.addEventListener('input', filterPalette);
  search.addEventListener('keydown', (event) => {
    const items = $$('#palette-list li').filter((item) => !item.hidden);
    const at = items.findIndex((item) => item.classList.contains('on'));
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === 'Enter') return void $('a', items[at])?.click();
    if (!step || items.length === 0) return;
    event.preventDefault();
    markItem(items[(at + step + items.length) % items.length]);
  });
  for (const dialog of $$('dialog')) dialog.addEventListener('click', (event) => event.target === dialog && dialog.close());

  // --- Notifications ----------------------------------------------------------------------------------------------
  const bell = $('#notify');
  const muted = () => JSON.parse(localStorage.getItem('muted') ?? '[]');

  function notifying() {
    return 'Notification' in window && Notification.permission === 'granted' && localStorage.getItem('notify') === 'on';
  }

  function showBell() {
    bell.setAttribute('aria-pressed', String(notifying()));
    bell.title = notifying() ? 'Notifications are on' : 'Notify me when somebody asks or fails';
  }

  bell.addEventListener('click', async () => {
    const on = !notifying() && (await Notification.requestPermission()) === 'granted';
    localStorage.setItem('notify', on ? 'on' : 'off');
    showBell();
  });

  function notify({ id, agent, title, body, url }) {
    if (!notifying() || !document.hidden || muted().includes(agent)) return;
    const notification = new Notification(title, { body, tag: id });
    notification.onclick = () => {
      window.focus();
      location.href = url;
    };
  }

  function markMuted() {
    for (const button of $$('[data-mute]')) button.setAttribute('aria-pressed', String(muted().includes(button.dataset.mute)));
  }

  document.addEventListener('click', (event) => {
    const name = event.target.closest('[data-mute]')?.dataset.mute;
    if (!name) return;
    const rest = muted().filter((other) => other !== name);
    localStorage.setItem('muted', JSON.stringify(rest.length < muted().length ? rest : [...rest, name]));
    markMuted();
  });

  showBell();
  refresh();
})();
