// One line on any allowed site: <script src="https://…/embed.js" async></script>
// Adds a round button; the window itself lives in a frame, so neither page can touch the other.
(function () {
  "use strict";
  var origin = new URL(document.currentScript.src).origin;
  var open = false;
  var frame = null;
  var button = document.createElement("button");
  button.type = "button";
  button.textContent = "咨询";
  button.setAttribute("aria-expanded", "false");
  button.setAttribute("aria-label", "打开在线咨询");
  button.style.cssText =
    "position:fixed;right:20px;bottom:20px;width:64px;height:64px;border-radius:50%;border:0;z-index:2147483646;" +
    "background:#1d5fa8;color:#fff;font:600 17px sans-serif;box-shadow:0 4px 16px rgba(0,0,0,.25);cursor:pointer";
  function makeFrame() {
    var made = document.createElement("iframe");
    made.src = origin + "/";
    made.title = "在线咨询";
    made.style.cssText =
      "position:fixed;right:20px;bottom:96px;width:min(400px,calc(100vw - 40px));height:min(640px,calc(100vh - 120px));" +
      "border:1px solid #d9dfe7;border-radius:14px;z-index:2147483647;background:#fff;box-shadow:0 8px 32px rgba(0,0,0,.25)";
    document.body.appendChild(made);
    return made;
  }
  button.addEventListener("click", function () {
    open = !open;
    frame = frame || makeFrame();
    frame.style.display = open ? "block" : "none";
    button.textContent = open ? "收起" : "咨询";
    button.setAttribute("aria-expanded", String(open));
  });
  function place() { document.body.appendChild(button); }
  if (document.body) { place(); } else { document.addEventListener("DOMContentLoaded", place); }
})();
