package contactstest

// duplicateCases are those of DUP.
var duplicateCases = []conformCase{}
