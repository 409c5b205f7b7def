// Adds a search box above the table; without script the page is complete as it is.
(function () {
  var table = document.querySelector("main table");
  if (!table) { return; }
  var box = document.createElement("input");
  box.id = "find";
  box.type = "search";
  box.placeholder = "输入名称查找";
  box.setAttribute("aria-label", "查找");
  table.parentNode.insertBefore(box, table);
  box.addEventListener("input", function () {
    var wanted = box.value.trim();
    var rows = table.tBodies[0].rows;
    for (var i = 0; i < rows.length; i += 1) {
      rows[i].hidden = wanted !== "" && rows[i].textContent.indexOf(wanted) < 0;
    }
  });
}());
