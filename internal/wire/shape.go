package wire

// Shape is the set of members that a value may have. A nil Shape allows all of them.
type Shape struct {
	Members map[string]*Shape // of an object
	Items   *Shape            // of an array: the shape of each item
}

// Only returns the shape of an object with these members, whose values may have any.
func Only(names ...string) *Shape {
	s := &Shape{Members: make(map[string]*Shape, len(names))}
	for _, name := range names {
		s.Members[name] = nil
	}
	return s
}

// Limit reports the members that the shape lacks, at any depth, each by its name if that has the form of names of
// members: otherwise it may be data, and the object that has it is reported. Values of another kind than the shape's
// are left to their reader.
func (v Value) Limit(s *Shape) {
	if s == nil || v.node == nil {
		return
	}
	switch v.node.Kind {
	case KindObject:
		if s.Members == nil {
			return
		}
		for name, value := range Object(v).Members() {
			inner, known := s.Members[name]
			if !known {
				v.at.report(Shown(name), Unknown)
				continue
			}
			value.Limit(inner)
		}
	case KindArray:
		if s.Items == nil {
			return
		}
		for i := range v.node.Children {
			Value{v.at.p.locate(v.at, "", i+1), present(&v.node.Children[i])}.Limit(s.Items)
		}
	}
}
