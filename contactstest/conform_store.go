package contactstest

// storeCases are those of STO and ERR.
var storeCases = []conformCase{}
