' A clerk at the keyboard, for LibreOffice: reads a list of acts, one a line, and notes what the screen answered.
'   open <url> | type <sheet> <cell> <text> | look <sheet> <cell> | save <url>      (parts separated by tabs, UTF-8)
' Every act is answered by one line: the text shown, or "locked" or "not in the list" where the program would not let us.
Option Explicit

Dim book As Object, screen As Object

Sub Main
  Dim files As Object, acts As Object, answers As Object, act
  files = createUnoService("com.sun.star.ucb.SimpleFileAccess")
  acts = createUnoService("com.sun.star.io.TextInputStream")
  answers = createUnoService("com.sun.star.io.TextOutputStream")
  acts.setInputStream(files.openFileRead(Environ("CLERK_ACTS")))
  answers.setOutputStream(files.openFileWrite(Environ("CLERK_ANSWERS")))
  acts.setEncoding("UTF-8")
  answers.setEncoding("UTF-8")
  Do While Not acts.isEOF()
    act = Split(acts.readLine(), Chr(9))
    If UBound(act) > 0 Then answers.writeString(Done(act) & Chr(10))
  Loop
  answers.closeOutput()
End Sub

Function Done(act) As String
  Select Case act(0)
    Case "open"
      book = StarDesktop.loadComponentFromURL(act(1), "_blank", 0, Array(Setting("Hidden", True)))
      screen = book.CurrentController
      Done = book.Sheets.Count
    Case "type"
      Done = Typed(book.Sheets.getByName(act(1)), act(2), act(3))
    Case "look"
      Done = book.Sheets.getByName(act(1)).getCellRangeByName(act(2)).String
    Case "save"
      book.storeToURL(act(1), Array(Setting("FilterName", "Calc MS Excel 2007 XML")))
      book.close(True)
      Done = "saved"
  End Select
End Function

' Type a text into a cell as from the keyboard; the sheet's protection and its drop-downs hold.
Function Typed(sheet, address As String, text As String) As String
  Dim cell As Object
  cell = sheet.getCellRangeByName(address)
  If sheet.isProtected() And cell.CellProtection.IsLocked Then
    Typed = "locked"
  ElseIf Not IsAllowed(cell, text) Then
    Typed = "not in the list"
  Else
    screen.setActiveSheet(sheet)
    screen.select(cell)
    createUnoService("com.sun.star.frame.DispatchHelper").executeDispatch( _
      screen.Frame, ".uno:EnterString", "", 0, Array(Setting("StringName", text)))
    Typed = cell.String
  End If
End Function

' A drop-down that stops us takes only what it offers.
Function IsAllowed(cell, text As String) As Boolean
  Dim rule As Object, offered As Object, place, row As Long
  rule = cell.Validation
  IsAllowed = True
  If rule.Type <> com.sun.star.sheet.ValidationType.LIST Then Exit Function
  If rule.ErrorAlertStyle <> com.sun.star.sheet.ValidationAlertStyle.STOP Or text = "" Then Exit Function
  place = Split(Replace(rule.getFormula1(), "$", ""), ".")
  offered = book.Sheets.getByName(Replace(place(0), "'", "")).getCellRangeByName(place(1))
  For row = 0 To offered.Rows.Count - 1
    If offered.getCellByPosition(0, row).String = text Then Exit Function
  Next
  IsAllowed = False
End Function

Function Setting(name As String, value) As Object
  Dim one As New com.sun.star.beans.PropertyValue
  one.Name = name
  one.Value = value
  Setting = one
End Function
