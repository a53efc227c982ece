package contactstest

// updateCases are those of UPD and REV.
var updateCases = []conformCase{}
