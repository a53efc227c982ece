package contactstest

// fieldCases are those of FLD.
var fieldCases = []conformCase{}
