package contactstest

// importCases are those of IMP.
var importCases = []conformCase{}
