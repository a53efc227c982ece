package contactstest

// batchCases are those of BAT.
var batchCases = []conformCase{}
