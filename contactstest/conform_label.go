package contactstest

// labelCases are those of LBL.
var labelCases = []conformCase{}
