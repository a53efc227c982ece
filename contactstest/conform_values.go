package contactstest

// valueCases are those of VAL, PRI, DRV, SRC and PRJ.
var valueCases = []conformCase{}
