// Adds a search box and choices for columns of few values above the table; without script the page is complete as it is.
(function () {
  var table = document.querySelector("main table");
  if (!table) { return; }
  var rows = Array.prototype.slice.call(table.tBodies[0].rows);
  var tools = document.createElement("p");
  tools.id = "find";
  tools.className = "screen";
  var box = document.createElement("input");
  box.type = "search";
  box.placeholder = "输入名称查找";
  box.setAttribute("aria-label", "查找");
  tools.appendChild(box);
  var choices = [];
  Array.prototype.forEach.call(table.tHead.rows[0].cells, function (head, place) {
    var values = {};
    rows.forEach(function (row) { values[row.cells[place].textContent] = true; });
    var known = Object.keys(values).sort();
    // A choice of long texts would be no choice, of days hardly one; the search box finds them.
    if (known.length < 2 || known.length > 8 || known.some(function (one) { return one.length > 24 || /^\d{4}-\d\d-\d\d$/.test(one); })) { return; }
    var choice = document.createElement("select");
    choice.setAttribute("aria-label", head.textContent);
    choice.add(new Option(head.textContent + "：全部", ""));
    known.forEach(function (value) { if (value) { choice.add(new Option(value, value)); } });
    choices.push([place, choice]);
    tools.appendChild(choice);
  });
  table.parentNode.insertBefore(tools, table);
  var caption = table.caption;
  var total = caption.textContent;
  function show() {
    var wanted = box.value.trim(), left = 0;
    rows.forEach(function (row) {
      var fits = row.textContent.indexOf(wanted) >= 0 && choices.every(function (one) {
        return !one[1].value || row.cells[one[0]].textContent === one[1].value;
      });
      row.hidden = !fits;
      left += fits ? 1 : 0;
    });
    caption.textContent = left === rows.length ? total : total + "，符合 " + left + " 条";
  }
  tools.addEventListener("input", show);
}());
