package contactstest

// definitionCases are those of DEF.
var definitionCases = []conformCase{}
