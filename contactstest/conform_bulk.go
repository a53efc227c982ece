package contactstest

// bulkCases are those of BLK.
var bulkCases = []conformCase{}
