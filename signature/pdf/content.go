package pdf

import "io"

// maxOperands is more than any operator takes; those of one array count one.
const maxOperands = 64

// EachOperator reads a content stream (ISO 32000-2, 7.8.2) of size bytes and
// calls visit with each operator and its operands until it returns false, which
// is an error, as is whatever is no content: inline images among it.
func EachOperator(r io.ReaderAt, size int64, visit func(op string, args []Object) bool) error {
	p := &parser{r: r, end: size}
	var args []Object
	for {
		p.skip()
		c := p.peek()
		if c < 0 {
			if p.err != nil || len(args) > 0 {
				return p.fail("a content stream ends within an operation")
			}
			return nil
		}
		if isRegular(c) && !(c >= '0' && c <= '9') && c != '+' && c != '-' && c != '.' {
			at := p.pos
			w := p.word()
			switch w {
			case "true", "false", "null":
				p.pos = at
			case "BI":
				return p.fail("an inline image")
			default:
				if !visit(w, args) {
					return p.fail("an operation that is not expected: " + w)
				}
				args = nil
				continue
			}
		}
		o, err := p.object(0)
		if err != nil {
			return err
		}
		if args = append(args, o); len(args) > maxOperands {
			return p.fail("too many operands")
		}
	}
}
