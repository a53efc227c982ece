package contactstest

// memberCases are those of MEM.
var memberCases = []conformCase{}
