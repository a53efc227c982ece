package contactstest

// queryCases are those of ORD, FLT and QRY.
var queryCases = []conformCase{}
