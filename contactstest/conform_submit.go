package contactstest

// submitCases are those of SBM and UPS.
var submitCases = []conformCase{}
