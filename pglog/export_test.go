package pglog

// Channel returns the name of the channel on which entries are announced.
func (l *Log) Channel() string { return l.channel }
