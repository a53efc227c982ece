package contactstest

// subscriptionCases are those of SUB and ACT.
var subscriptionCases = []conformCase{}
