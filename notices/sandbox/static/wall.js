// The wall of phones: asks for the newest phones, draws what changed, presses buttons like a household would.
"use strict";
(() => {
  const EVERY = 900; // ms between looks
  const HOLD = 6000; // ms after a touch during which nothing moves
  const FRESH = 5000; // ms a phone wears its ring
  const $ = (id) => document.getElementById(id);
  const wall = $("wall");
  const cells = new Map(); // phone -> {node, drawn}
  let version = "", query = "", paused = false, touchedAt = 0, waiting = null, lastId = 0, label = "Tôi đã đọc", asked = 0;

  const number = (n) => Number(n || 0).toLocaleString("vi-VN");
  const clock = (iso) => new Date(iso).toLocaleTimeString("vi-VN", { hour: "2-digit", minute: "2-digit", hour12: false });
  const local = (phone) => (/^\+84\d{9}$/.test(phone) ? phone.replace(/^\+84(\d{2})(\d)(\d{3})(\d{3})$/, "0$1$2 $3 $4") : phone);

  function el(name, className, ...children) {
    const node = document.createElement(name);
    if (className) node.className = className;
    for (const child of children) if (child !== null && child !== undefined) node.append(child);
    return node;
  }
  const icon = (name) => el("i", "ic ic-" + name);

  // --- one phone --------------------------------------------------------------------------------------

  function stateOf(message) {
    if (message.pressed_at) return ["confirmed", "Đã xác nhận"];
    if (message.accepted && message.is_off) return ["none", "Máy tắt", "switched-off"];
    if (message.accepted && message.delivered_at) return ["delivered", "Đã đến máy"];
    if (message.accepted) return ["sent", "Đã gửi"];
    if (message.code === "-118") return ["none", "Không có Zalo", "no-zalo"];
    return ["none", "Bị từ chối"];
  }

  function under(shown, message) {
    const [kind, words, picture] = stateOf(message);
    const zalo = [...shown.messages].reverse().find((m) => m.template_data.ho);
    const who = zalo ? zalo.template_data.ho : message.provider === "esms" ? "Tin nhắn SMS" : "";
    const detail = message.receipt_error ? "Cổng chưa nhận báo cáo (" + message.receipt_error + ")"
      : !message.accepted && message.code !== "-118" ? "Mã lỗi " + message.code : who;
    return el("div", "under",
      el("div", "who", el("b", "", local(shown.phone)), el("span", "", detail)),
      el("span", "state state-" + kind, icon(picture || kind), words));
  }

  function status(at) {
    const radio = el("span", "radio", el("i"), el("i"), el("i"), el("i"), el("i"));
    radio.setAttribute("aria-hidden", "true");
    return el("div", "status", el("span", "", clock(at)), radio);
  }

  function linked(text) {
    const parts = [];
    let from = 0;
    for (const found of text.matchAll(/(?:https?:\/\/|\b(?:localhost|[\w-]+(?:\.[\w-]+)+)(?::\d+)?\/)[^\s]*[^\s.,;:!?)]/g)) {
      parts.push(text.slice(from, found.index), link(found[0], found[0]));
      from = found.index + found[0].length;
    }
    parts.push(text.slice(from));
    return parts;
  }

  function link(address, words, className) {
    const anchor = el("a", className, words);
    anchor.href = /^https?:\/\//.test(address) ? address : "http://" + address;
    anchor.target = "_blank";
    anchor.rel = "noopener noreferrer";
    return anchor;
  }

  function card(message) {
    const data = message.template_data;
    const known = [["ho", "Gửi tới"], ["thoi_gian", "Thời gian"], ["han", "Hạn chót"], ["ma", "Mã"]];
    const rows = known.filter(([key]) => data[key]).map(([key, words]) => [words, data[key]]);
    for (const key of Object.keys(data)) {
      if (!["tieu_de", "duong_dan"].includes(key) && !known.some(([name]) => name === key)) rows.push([key, data[key]]);
    }
    const table = el("dl");
    for (const [words, value] of rows) table.append(el("dt", "", words), el("dd", "", value));
    const box = el("div", "card", el("b", "", data.tieu_de || "(không có tiêu đề)"), table);
    if (message.pressed_at) {
      box.append(el("span", "do did", icon("check"), "Đã xác nhận " + clock(message.pressed_at)));
    } else {
      const button = el("button", "do", label);
      button.type = "button";
      button.addEventListener("click", () => press(message, button));
      box.append(button);
    }
    if (/^https?:\/\//.test(data.duong_dan || "")) box.append(link(data.duong_dan, "Xem nội dung", "do"));
    return box;
  }

  async function press(message, button) {
    button.disabled = true;
    button.textContent = "Đang gửi …";
    let ok = false;
    try {
      const answer = await fetch("/phones/press", {
        method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ id: message.id }),
      });
      ok = (await answer.json()).ok;
    } catch { /* the button says so */ }
    if (ok) return look(true);
    button.disabled = false;
    button.classList.add("failed");
    button.textContent = "Cổng chưa nhận, bấm lại";
  }

  function zaloScreen(shown) {
    const messages = shown.messages.filter((m) => m.provider === "zalo" && m.accepted);
    const last = messages[messages.length - 1];
    const talk = el("div", "talk");
    for (const message of messages) talk.append(el("time", "", clock(message.at)), card(message));
    return el("div", "phone", el("div", "screen", status(last.at),
      el("div", "office", el("span", "", icon("office")),
        el("span", "", el("b", "", last.sender || "Tài khoản"), el("small", "", "Tài khoản chính thức"))), talk));
  }

  function smsScreen(shown) {
    const messages = shown.messages.filter((m) => m.provider === "esms" && m.accepted);
    const last = messages[messages.length - 1];
    if (shown.has_keys) {
      const lcd = el("div", "lcd", el("b", "", el("span", "", last.sender), el("span", "", clock(last.at))));
      for (const message of messages.reverse()) lcd.append(el("p", "", ...linked(message.content)));
      const keys = el("div", "keys");
      for (const key of "123456789*0#") keys.append(el("i", "", key));
      keys.setAttribute("aria-hidden", "true");
      return el("div", "keypad", lcd, keys);
    }
    const talk = el("div", "talk talk-sms");
    for (const message of messages) talk.append(el("time", "", clock(message.at)), el("div", "bubble", ...linked(message.content)));
    return el("div", "phone", el("div", "screen", status(last.at), el("div", "from", icon("back"), last.sender), talk));
  }

  function darkScreen(message) {
    const words = message.accepted ? ["switched-off", "Máy đang tắt", "Tin đã gửi, chưa đến máy"]
      : message.code === "-118" ? ["no-zalo", "Số này không có Zalo", "Cổng sẽ chuyển sang cách khác"]
        : ["none", "Nhà cung cấp từ chối", "Mã lỗi " + message.code];
    return el("div", "phone", el("div", "screen screen-off", icon(words[0] + " ic-big"), el("b", "", words[1]), el("span", "", words[2])));
  }

  function draw(shown) {
    const message = shown.messages[shown.messages.length - 1];
    const screen = !message.accepted || message.is_off ? darkScreen(message)
      : message.provider === "zalo" ? zaloScreen(shown) : smsScreen(shown);
    return [screen, under(shown, message)];
  }

  // --- the wall ---------------------------------------------------------------------------------------

  function show(answer) {
    const keep = new Set(answer.phones.map((shown) => shown.phone));
    for (const [phone, cell] of cells) {
      if (!keep.has(phone)) { cell.node.remove(); cells.delete(phone); }
    }
    answer.phones.forEach((shown, place) => {
      const drawn = JSON.stringify(shown);
      let cell = cells.get(shown.phone);
      if (!cell) {
        cell = { node: el("article", "cell"), drawn: "" };
        cell.node.setAttribute("aria-label", "Máy " + local(shown.phone));
        cells.set(shown.phone, cell);
      }
      if (cell.drawn !== drawn) redraw(cell, shown, drawn);
      if (wall.children[place] !== cell.node) wall.insertBefore(cell.node, wall.children[place] || null);
    });
    for (const cell of cells.values()) {
      const talk = cell.node.querySelector(".talk");
      if (talk && !talk.dataset.settled) { talk.scrollTop = talk.scrollHeight; talk.dataset.settled = "1"; }
    }
    const newest = answer.phones[0];
    if (newest) lastId = Math.max(lastId, ...answer.phones.map((shown) => shown.messages[shown.messages.length - 1].id));
    ring();
    $("empty").hidden = answer.phones.length > 0;
    $("empty-title").textContent = query ? "Không có máy nào mang số này" : "Chưa máy nào nhận tin";
    $("empty-text").textContent = query ? "Tìm theo vài chữ số liền nhau của số điện thoại, ví dụ 0510."
      : "Soạn một thông báo trong cổng, trình và duyệt. Tin hiện ra ở đây ngay khi được gửi.";
    if (query) $("found").textContent = answer.phones.length ? number(answer.phones.length) + " máy" : "Không có máy nào";
    $("more").hidden = true;
    waiting = null;
  }

  function redraw(cell, shown, drawn) {
    const held = cell.node.contains(document.activeElement) ? document.activeElement.textContent : null;
    cell.node.replaceChildren(...draw(shown));
    cell.drawn = drawn;
    cell.at = Date.parse(shown.messages[shown.messages.length - 1].at);
    if (held !== null) {
      const same = [...cell.node.querySelectorAll("a, button")];
      (same.find((node) => node.textContent === held) || same[0])?.focus();
    }
  }

  function ring() {
    let first = true;
    for (const node of wall.children) {
      const cell = [...cells.values()].find((c) => c.node === node);
      node.classList.toggle("is-new", first && Date.now() - cell.at < FRESH);
      first = false;
    }
  }

  function tell(answer) {
    const c = answer.counts;
    const accepted = c.accepted || 0;
    label = answer.label;
    $("lead").textContent = answer.phone_count
      ? number(Math.min(answer.phones.length, 12)) + " trong " + number(answer.phone_count) + " máy giả. Bấm vào máy như bà con bấm, rồi xem bảng theo dõi thay đổi."
      : "Bấm vào máy như bà con bấm, rồi xem bảng theo dõi thay đổi.";
    $("told").replaceChildren(...(c.received ? [el("b", "", number(c.zalo_accepted) + " tin Zalo"), ", ", el("b", "", number(c.esms_accepted) + " SMS"), " đã nhận gửi"] : ["Chưa có tin nào"]));
    const pressed = Math.min(c.pressed || 0, accepted);
    const delivered = Math.max(Math.min(c.delivered || 0, accepted) - pressed, 0);
    const parts = [["confirmed", pressed, "đã bấm xác nhận"], ["delivered", delivered, "đã đến máy"],
      ["sent", Math.max(accepted - pressed - delivered, 0), "chưa đến máy"], ["none", c.refused || 0, "bị từ chối"]].filter(([, n]) => n > 0);
    const bar = $("bar");
    bar.replaceChildren(...parts.map(([kind, n]) => { const part = el("i", kind); part.style.flexGrow = n; part.style.flexBasis = 0; return part; }));
    const words = parts.map(([, n, what]) => number(n) + " " + what).join(", ") || "Chưa có tin nào";
    bar.setAttribute("aria-label", words);
    $("legend").replaceChildren(...parts.map(([kind, n, what]) => el("span", "", el("i", kind), el("b", "", number(n)), " " + what)));
    const share = (n) => Number(n).toLocaleString("vi-VN") + "%";
    const how = [];
    if (answer.no_zalo_percent) how.push(share(answer.no_zalo_percent) + " số không có Zalo");
    if (answer.fail_percent) how.push(share(answer.fail_percent) + " máy tắt");
    if (answer.latency_ms) how.push("trả lời sau " + number(answer.latency_ms) + " ms");
    const broken = answer.faulty.map((name) => ({ zalo: "Zalo", zalo_oauth: "thẻ Zalo", esms: "eSMS" })[name] || name);
    if (broken.length) how.push(broken.join(", ") + " đang lỗi");
    $("how").replaceChildren(...(how.length ? ["Lỗi giả: ", el("b", "", how.join(", "))] : []));
    const portal = $("portal");
    portal.hidden = !/^https?:\/\//.test(answer.portal_url);
    if (!portal.hidden) portal.href = answer.portal_url + "/";
  }

  // Nothing moves under a hand: while somebody points at the wall or has just used it, news waits.
  const held = () => paused || Date.now() - touchedAt < HOLD || wall.matches(":hover") && matchMedia("(hover: hover)").matches;

  function moves(answer) {
    const shown = [...wall.children];
    return answer.phones.some((phone, place) => cells.get(phone.phone)?.node !== shown[place]);
  }

  async function look(now) {
    const mine = ++asked;
    let answer = null;
    try {
      const response = await fetch("/wall.json?" + new URLSearchParams({ q: query, version: now ? "" : version }));
      if (response.status !== 204) answer = await response.json();
      $("lost").hidden = true;
    } catch {
      $("lost").hidden = false;
      return;
    }
    if (mine !== asked) return;
    ring();
    if (!answer) return;
    version = answer.version;
    tell(answer);
    if (cells.size && moves(answer) && held()) hold(answer);
    else show(answer);
  }

  function hold(answer) {
    waiting = answer;
    // Phones that stay where they are may still change their faces.
    for (const shown of answer.phones) {
      const cell = cells.get(shown.phone), drawn = JSON.stringify(shown);
      if (cell && cell.drawn !== drawn) redraw(cell, shown, drawn);
    }
    const fresh = answer.phones.filter((shown) => shown.messages[shown.messages.length - 1].id > lastId).length;
    $("more").hidden = fresh === 0;
    $("more").textContent = fresh >= 12 ? "Có nhiều tin mới, bấm để xem" : number(fresh) + " máy có tin mới, bấm để xem";
  }

  $("more").addEventListener("click", () => { touchedAt = 0; show(waiting); scrollTo({ top: 0 }); });
  for (const use of ["pointerdown", "keydown", "focusin"]) wall.addEventListener(use, () => { touchedAt = Date.now(); });
  $("pause").addEventListener("click", () => {
    paused = !paused;
    $("pause").setAttribute("aria-pressed", String(paused));
    $("pause").lastElementChild.textContent = paused ? "Đang dừng" : "Tạm dừng";
    if (!paused && waiting) show(waiting);
  });
  $("find").addEventListener("input", () => { query = $("find").value.replace(/\D/g, ""); cells.forEach((cell) => cell.node.remove()); cells.clear(); look(true); });

  async function forever() {
    for (;;) {
      if (!document.hidden) await look(false);
      if (waiting && !held()) show(waiting);
      await new Promise((wake) => setTimeout(wake, EVERY));
    }
  }
  // A hidden tab's timers may come once a minute: whoever comes back does not wait for the next.
  document.addEventListener("visibilitychange", () => { if (!document.hidden) look(false); });
  forever();
})();
