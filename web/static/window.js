// The consultation window. What was typed is kept in the browser until the server has it; what was answered is read
// from the server again after a reload, so neither a lost network nor a closed page loses a word.
(function () {
  "use strict";

  var LARGE = "zhixun.large";
  var TOKEN = "zhixun.visitor";
  var WAITING = "zhixun.waiting";
  var lines = document.getElementById("lines");
  var welcome = document.getElementById("welcome");
  var field = document.getElementById("text");
  var size = document.getElementById("size");
  var state = document.getElementById("state");
  var trouble = document.getElementById("trouble");
  var picker = document.getElementById("file");
  var cursor = 0;
  var token = read(TOKEN, "");
  var waiting = read(WAITING, []);
  var sending = false;
  var parts = {};
  var shown = {};
  var READY = "知询在线咨询";
  var restAt = 0; // the timer that ends 正在输入

  function read(key, otherwise) {
    try { return JSON.parse(localStorage.getItem(key)) || otherwise; } catch (error) { return otherwise; }
  }
  function keep(key, value) {
    try { localStorage.setItem(key, JSON.stringify(value)); } catch (error) { /* private mode: lives until reload */ }
  }
  function freshId() {
    var bytes = crypto.getRandomValues(new Uint8Array(12));
    return Array.prototype.map.call(bytes, function (b) { return ("0" + b.toString(16)).slice(-2); }).join("");
  }
  function pause(ms) { return new Promise(function (done) { setTimeout(done, ms); }); }
  function element(tag, className, text) {
    var made = document.createElement(tag);
    if (className) { made.className = className; }
    if (text) { made.textContent = text; }
    return made;
  }
  function toEnd() { lines.scrollTop = lines.scrollHeight; }
  // A long reply is read from its beginning, a short one is simply at the end.
  function reveal(row) {
    var top = row.offsetTop - lines.offsetTop - 12;
    lines.scrollTop = row.offsetHeight > lines.clientHeight ? top : lines.scrollHeight;
  }
  // ---- large type, kept for the next visit
  function enlarge(isLarge) {
    document.documentElement.classList.toggle("large", isLarge);
    size.setAttribute("aria-pressed", String(isLarge));
    keep(LARGE, isLarge);
  }
  size.addEventListener("click", function () { enlarge(!document.documentElement.classList.contains("large")); });
  enlarge(read(LARGE, false));

  // ---- what happens at the moment, beside the name of the outlet
  function rest() { clearTimeout(restAt); state.textContent = READY; }
  function work(seconds) {
    rest();
    if (seconds < 1) { return; }
    state.textContent = "工作人员正在输入…";
    restAt = setTimeout(rest, seconds * 1000);
  }

  function complain(text) {
    trouble.textContent = text;
    trouble.hidden = !text;
    if (text) { toEnd(); } // it takes room from the lines
  }

  // ---- showing
  function addLine(className) {
    var row = element("div", "line " + className);
    var bubble = element("div", "bubble");
    row.appendChild(bubble);
    lines.appendChild(row);
    toEnd();
    return bubble;
  }
  function when(iso) {
    var at = new Date(iso);
    var time = ("0" + at.getHours()).slice(-2) + ":" + ("0" + at.getMinutes()).slice(-2);
    var today = new Date().toDateString() === at.toDateString();
    return today ? time : (at.getMonth() + 1) + "月" + at.getDate() + "日 " + time;
  }
  function showMine(text, iso) {
    var bubble = addLine("mine");
    bubble.appendChild(element("span", "", text));
    if (iso) { bubble.appendChild(element("span", "when", when(iso))); }
    return bubble.parentNode;
  }
  function addBlock(bubble, block) {
    var tag = block.kind === "quote" ? "blockquote" : "p";
    var made = element(tag, block.kind, "");
    if (/^https?:\/\//.test(block.url)) {
      var link = element("a", "", block.text);
      link.href = block.url;
      link.rel = "noopener noreferrer";
      link.target = "_blank";
      made.appendChild(link);
    } else {
      made.textContent = block.text;
    }
    bubble.appendChild(made);
    toEnd();
  }
  function addChoices(bubble, rows) {
    if (!rows.length) { return; }
    rows.forEach(function (row) {
      var chips = element("div", "chips");
      row.forEach(function (choice) {
        var chip = element("button", "", choice[0]);
        chip.type = "button";
        chip.dataset.action = choice[1];
        chips.appendChild(chip);
      });
      bubble.appendChild(chips);
    });
  }
  function addFile(bubble, number) {
    if (!number) { return; }
    var chips = element("div", "chips");
    var chip = element("button", "", "下载文件");
    chip.type = "button";
    chip.addEventListener("click", function () { takeFile(chip, number); });
    chips.appendChild(chip);
    bubble.appendChild(chips);
  }
  function takeFile(chip, number) {
    chip.disabled = true;
    call("/api/files/" + number)
      .then(function (answer) {
        var name = /filename\*=UTF-8''([^;]+)/.exec(answer.headers.get("Content-Disposition") || "");
        return answer.blob().then(function (content) {
          var link = element("a");
          link.href = URL.createObjectURL(content);
          link.download = name ? decodeURIComponent(name[1]) : "";
          link.click();
          setTimeout(function () { URL.revokeObjectURL(link.href); }, 60000);
          complain("");
        });
      })
      .catch(function (error) { complain(error.status ? error.message : "没有下载完，请检查网络后再点一次。"); })
      .then(function () { chip.disabled = false; });
  }
  function finish(id, bubble, iso, choices, file) {
    addFile(bubble, file);
    addChoices(bubble, choices);
    bubble.appendChild(element("span", "when", when(iso)));
    cursor = Math.max(cursor, id);
    rest();
    reveal(bubble.parentNode);
  }

  // ---- events from the server; a line counts as seen only when its last part came
  var handlers = {
    line: function (line) {
      if (line.id <= cursor) { return; }
      var pending = document.querySelector(".line.pending");
      if (pending) { pending.remove(); }
      showMine(line.text, line.at);
      cursor = line.id;
    },
    start: function (head) {
      if (head.id <= cursor) { return; }
      var old = parts[head.id];
      if (old) { old.bubble.parentNode.remove(); }
      parts[head.id] = { bubble: addLine("ours"), at: head.at };
    },
    block: function (block) { if (parts[block.id]) { addBlock(parts[block.id].bubble, block); } },
    done: function (tail) {
      var part = parts[tail.id];
      if (!part) { return; }
      delete parts[tail.id];
      finish(tail.id, part.bubble, part.at, tail.choices, tail.file);
    },
    work: function (sign) { work(sign.seconds); }
  };
  function showWhole(line) {
    if (line.id <= cursor) { return; }
    if (!line.ours) { handlers.line(line); return; }
    var bubble = addLine("ours");
    line.blocks.forEach(function (b) { addBlock(bubble, { kind: b[0], text: b[1], url: b[2] }); });
    finish(line.id, bubble, line.at, line.choices, line.file);
  }

  // ---- talking to the server
  function call(path, options) {
    options = options || {};
    options.headers = Object.assign({ "X-Visitor": token }, options.headers || {});
    return fetch(path, options).then(function (answer) {
      if (answer.ok) { return answer; }
      return answer.json().catch(function () { return {}; }).then(function (told) {
        var error = new Error(typeof told.detail === "string" ? told.detail : "暂时无法连接，请稍后再试。");
        error.status = answer.status;
        throw error;
      });
    });
  }
  function makeVisitor() {
    if (token) { return Promise.resolve(); }
    return fetch("/api/visitor", { method: "POST" })
      .then(function (answer) { return answer.json(); })
      .then(function (made) { token = made.token; keep(TOKEN, token); });
  }
  function say(text, action) {
    text = text.trim();
    if (!text) { return; }
    waiting.push({ id: freshId(), text: action ? "" : text, action: action || "", label: text });
    keep(WAITING, waiting);
    showWaiting();
    sendWaiting();
  }
  function showWaiting() {
    waiting.forEach(function (message) {
      if (shown[message.id]) { return; }
      shown[message.id] = true;
      showMine(message.label).classList.add("pending");
    });
  }
  function sendWaiting() {
    if (sending || !waiting.length || !token) { return; }
    sending = true;
    state.textContent = "正在查找依据…";
    var message = waiting[0];
    call("/api/messages", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(message) })
      .then(function () { complain(""); return true; })
      .catch(function (error) {
        rest();
        if (error.status && error.status < 500 && error.status !== 429) {
          complain(error.message);
          return true; // refused for good: sending it again would not help
        }
        complain("网络不通，您的问题已保留，恢复后会自动发送。");
        return pause(3000).then(function () { return false; });
      })
      .then(function (isOver) {
        sending = false;
        if (isOver) { waiting.shift(); keep(WAITING, waiting); }
        sendWaiting();
      });
  }
  function listen() {
    var controller = window.AbortController ? new AbortController() : null;
    call("/api/stream?after=" + cursor, controller ? { signal: controller.signal } : {})
      .then(function (answer) {
        complain("");
        if (!answer.body || !answer.body.getReader) { throw new Error("no stream"); }
        return readEvents(answer.body.getReader());
      })
      .catch(function (error) {
        if (error.status === 401) { token = ""; keep(TOKEN, ""); return makeVisitor(); }
        return call("/api/lines?after=" + cursor)
          .then(function (answer) { return answer.json(); })
          .then(function (missed) { missed.forEach(showWhole); })
          .catch(function () { return null; });
      })
      .then(function () { return pause(1500); })
      .then(listen);
  }
  function readEvents(reader) {
    var decoder = new TextDecoder();
    var rest = "";
    function next() {
      return reader.read().then(function (piece) {
        if (piece.done) { return null; }
        rest += decoder.decode(piece.value, { stream: true }).replace(/\r\n/g, "\n");
        var events = rest.split("\n\n");
        rest = events.pop();
        events.forEach(dispatch);
        return next();
      });
    }
    return next();
  }
  function dispatch(raw) {
    var name = "";
    var data = "";
    raw.split("\n").forEach(function (line) {
      if (line.indexOf("event:") === 0) { name = line.slice(6).trim(); }
      if (line.indexOf("data:") === 0) { data += line.slice(5).trim(); }
    });
    if (handlers[name] && data) { handlers[name](JSON.parse(data)); }
  }

  // ---- files: one after another; what the server refuses it says in Chinese
  var LARGEST = 20 * 1024 * 1024;
  function sendFile(file) {
    if (file.size > LARGEST) { return Promise.resolve("“" + file.name + "”没有发送：文件超过 20 MB。"); }
    state.textContent = "正在上传 " + file.name + "…";
    return call("/api/files?id=" + freshId() + "&name=" + encodeURIComponent(file.name.slice(-200)), { method: "POST", body: file })
      .then(function () { return ""; })
      .catch(function (error) {
        return error.status ? error.message : "“" + file.name + "”没有传完，请检查网络后重新选择这个文件。";
      });
  }
  function sendFiles(files) {
    var troubles = [];
    files.reduce(function (before, file) {
      return before.then(function () { return sendFile(file); }).then(function (told) { if (told) { troubles.push(told); } });
    }, Promise.resolve()).then(function () { rest(); complain(troubles.join(" ")); });
  }
  document.getElementById("attach").addEventListener("click", function () { picker.click(); });
  picker.addEventListener("change", function () {
    sendFiles(Array.prototype.slice.call(picker.files));
    picker.value = "";
  });

  // ---- the person's side
  document.getElementById("ask").addEventListener("submit", function (event) {
    event.preventDefault();
    say(field.value);
    field.value = "";
    grow();
    field.focus();
  });
  field.addEventListener("keydown", function (event) {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      document.getElementById("send").click();
    }
  });
  function grow() { field.style.height = "auto"; field.style.height = field.scrollHeight + 2 + "px"; }
  field.addEventListener("input", grow);
  // Whoever answers sees that we type; a sign that gets lost is no loss.
  var typedAt = 0;
  field.addEventListener("input", function () {
    if (!token || !field.value || Date.now() - typedAt < 4000) { return; }
    typedAt = Date.now();
    call("/api/typing", { method: "POST" }).catch(function () { return null; });
  });
  document.addEventListener("click", function (event) {
    var target = event.target.closest ? event.target.closest("button") : null;
    if (!target) { return; }
    if (target.dataset.text) { say(target.dataset.text); }
    if (target.dataset.action) { say(target.textContent, target.dataset.action); }
  });
  window.addEventListener("online", sendWaiting);

  function begin() {
    makeVisitor()
      .then(function () { return call("/api/lines"); })
      .then(function (answer) { return answer.json(); })
      .then(function (known) {
        if (known.length) { welcome.classList.add("again"); }
        known.forEach(showWhole);
        showWaiting();
        sendWaiting();
        listen();
      })
      .catch(function (error) {
        if (error.status === 401) { token = ""; keep(TOKEN, ""); }
        complain("暂时无法连接，正在重试…");
        pause(3000).then(begin);
      });
  }
  begin();
})();
