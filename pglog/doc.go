package pglog
