package contactstest

// phoneCases are those of PHN.
var phoneCases = []conformCase{}
