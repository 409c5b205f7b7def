// Comfort only: every form works without this file. Drops files and folders, shows how far the upload and the reading are,
// copies a text. Nothing here decides anything.
'use strict';

const FIRST_LOOK = 700;
const LIMIT = 300 * 1024 * 1024;

// ---- files from a drop, folders opened ------------------------------------------------------------------------------

function filesOf(entry) {
  if (entry.isFile) return new Promise((done, fail) => entry.file((file) => done([file]), fail));
  const reader = entry.createReader();
  const all = [];
  // A reader hands out a hundred entries at a time and an empty list at the end.
  const more = () => new Promise((done, fail) => reader.readEntries(done, fail)).then((some) => {
    if (!some.length) return Promise.all(all.map(filesOf)).then((lists) => lists.flat());
    all.push(...some);
    return more();
  });
  return more();
}

function dropped(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry && item.webkitGetAsEntry()).filter(Boolean);
  if (!entries.length) return Promise.resolve([...transfer.files]);
  return Promise.all(entries.map(filesOf)).then((lists) => lists.flat());
}

// ---- sending ---------------------------------------------------------------------------------------------------------

function send(form, files) {
  const waiting = form.querySelector('.waiting');
  const said = form.querySelector('[data-said]');
  const bar = form.querySelector('progress');
  const say = (text, part) => {
    waiting.hidden = false;
    said.textContent = text;
    if (part === undefined) bar.removeAttribute('value'); else bar.value = part;
  };
  const size = files.reduce((sum, one) => sum + one.size, 0);
  if (!files.length) return say('没有选择文件。', 0);
  if (size > LIMIT) return say(`一次最多上传 ${LIMIT >> 20} MB，请分几次。`, 0);
  const body = new FormData();
  body.append('key', form.elements.key.value);
  files.forEach((one) => body.append('files', one, one.webkitRelativePath || one.name));
  const request = new XMLHttpRequest();
  let looking;
  request.upload.onprogress = (event) => say(`正在上传 ${files.length} 个文件……`, 100 * event.loaded / event.total);
  request.upload.onload = () => {
    say('正在逐件校验，请不要关闭页面……');
    looking = setInterval(() => look(say), FIRST_LOOK);
  };
  request.onloadend = () => {
    clearInterval(looking);
    form.classList.remove('busy');
    form.querySelector('button').disabled = false;
    if (request.status === 200) return void (location.href = request.responseURL);
    const page = new DOMParser().parseFromString(request.responseText || '', 'text/html');
    const fault = page.querySelector('[data-fault]');
    say(fault ? [...fault.querySelectorAll('h1, p')].slice(0, 2).map((one) => one.textContent.trim()).join(' ') : '连接断开，没有收到结果。收件台可能已关闭，请刷新页面查看。', 0);
  };
  form.querySelector('button').disabled = true;
  say(`正在上传 ${files.length} 个文件……`, 0);
  request.open('POST', form.action);
  request.send(body);
}

function look(say) {
  fetch('/inbox/progress').then((answer) => answer.json()).then(({ done, total }) => {
    if (done && total >= done) say(`已校验 ${done} / ${total} 件……`, 100 * done / total);
  }).catch(() => {});
}

for (const form of document.querySelectorAll('[data-drop]')) {
  const chosen = () => [...form.querySelectorAll('input[type=file]')].flatMap((one) => [...one.files]);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    send(form, chosen());
  });
  form.addEventListener('drop', (event) => dropped(event.dataTransfer).then((files) => send(form, files)));
  for (const name of ['dragenter', 'dragover']) form.addEventListener(name, () => form.classList.add('over'));
  for (const name of ['dragleave', 'drop']) form.addEventListener(name, () => form.classList.remove('over'));
}

// A file that misses the zone must not replace the page.
for (const name of ['dragover', 'drop']) window.addEventListener(name, (event) => event.preventDefault());

// ---- copying, and one click once --------------------------------------------------------------------------------------

for (const button of document.querySelectorAll('[data-copy]')) {
  const text = button.parentElement.querySelector('textarea');
  button.hidden = false;
  button.addEventListener('click', () => navigator.clipboard.writeText(text.value)
    .then(() => { button.textContent = '✓ 已复制'; }, () => text.select()));
}

for (const form of document.querySelectorAll('form[method=post]:not([data-drop])')) {
  form.addEventListener('submit', () => { form.querySelector('button').disabled = true; });
}
window.addEventListener('pageshow', () => {
  for (const button of document.querySelectorAll('form button[disabled]')) button.disabled = false;
});
