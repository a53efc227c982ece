package contactstest

// peopleCases are those of the people search, QRY-9 to QRY-12, and GRP.
var peopleCases = []conformCase{}
