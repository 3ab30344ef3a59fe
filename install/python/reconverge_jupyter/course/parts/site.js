// What goes sideways is reached with the keyboard.
const reach = () => {
  for (const box of document.querySelectorAll(".md-content pre,.md-content .output,.md-content .output [style*=overflow],.md-content math[display=block]")) {
    if (box.scrollWidth > box.clientWidth + 1) box.tabIndex = 0;
    else if (box.tabIndex === 0) box.removeAttribute("tabindex");
  }
};
reach();
addEventListener("load", reach);
addEventListener("resize", reach);
document.addEventListener("toggle", reach, true);
