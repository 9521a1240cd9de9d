package plainjson_test

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"kyso/signature/verify"
	"kyso/wasm/internal/plainjson"
)

// oddStrings are where writers of JSON differ.
var oddStrings = []string{"", "Nguyễn Văn A", `"\/`, "<script>&amp;", "\x00\x01\b\f\n\r\t\x1f\x7f", "\xff\xfe", "a\xe1\xbb", "\u2028\u2029\ufffd",
	"😀", "\xed\xa0\x80"}

// fill puts something into every field of v, however deep.
func fill(v reflect.Value, r *rand.Rand, depth int) {
	if v.Type() == reflect.TypeFor[time.Time]() {
		zone := []*time.Location{time.UTC, time.FixedZone("", 7*3600), time.FixedZone("", -5400)}[r.IntN(3)]
		v.Set(reflect.ValueOf(time.Unix(r.Int64N(4e9), r.Int64N(2)*r.Int64N(1e9)).In(zone)))
		return
	}
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(r.IntN(2) == 0)
	case reflect.String:
		v.SetString(oddStrings[r.IntN(len(oddStrings))] + oddStrings[r.IntN(len(oddStrings))])
	case reflect.Int, reflect.Int64:
		v.SetInt([]int64{0, 1, -1, math.MaxInt64, math.MinInt64, r.Int64()}[r.IntN(6)])
	case reflect.Uint8:
		v.SetUint(uint64(r.IntN(256)))
	case reflect.Pointer:
		if r.IntN(3) > 0 {
			v.Set(reflect.New(v.Type().Elem()))
			fill(v.Elem(), r, depth+1)
		}
	case reflect.Slice:
		if n := r.IntN(5) - 1; n >= 0 {
			v.Set(reflect.MakeSlice(v.Type(), n, n))
			for i := range n {
				fill(v.Index(i), r, depth+1)
			}
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				fill(v.Field(i), r, depth+1)
			}
		}
	default:
		panic(fmt.Sprintf("nothing to fill a %s with", v.Type()))
	}
}

// TestReport: whatever a report holds is written as encoding/json writes it.
func TestReport(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 2000 {
		v := new(verify.Report)
		if i > 0 { // the zero value is written too
			fill(reflect.ValueOf(v).Elem(), r, 0)
		}
		want, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		got, err := plainjson.Report(v)
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Fatalf("wrote\n%s\nencoding/json\n%s", got, want)
		}
	}
}

// TestWriter: what a report does not hold.
func TestWriter(t *testing.T) {
	type entry struct {
		DER, None []byte
		Words     []string   `json:",omitempty"`
		Nothing   []string   `json:",omitempty"`
		At        *time.Time `json:",omitempty"`
	}
	at := time.Date(2026, 2, 3, 4, 5, 6, 7, time.UTC)
	list := []entry{{DER: []byte{0, 0xFF}, Words: oddStrings, At: &at}, {DER: []byte{}}}
	want, err := json.Marshal(map[string]any{"list": list})
	if err != nil {
		t.Fatal(err)
	}
	var w plainjson.Writer
	w.Open("")
	w.List("list", len(list), func(i int) {
		w.Open("")
		w.Bytes("DER", list[i].DER)
		w.Bytes("None", list[i].None)
		w.SomeStrings("Words", list[i].Words)
		w.SomeStrings("Nothing", list[i].Nothing)
		w.SomeTime("At", list[i].At)
		w.Close()
	})
	w.Close()
	if got, err := w.Text(); err != nil || got != string(want) {
		t.Errorf("%v, wrote\n%s\nencoding/json\n%s", err, got, want)
	}
}

// TestRefuses: a time that RFC 3339 has no form for is an error.
func TestRefuses(t *testing.T) {
	if got, err := plainjson.Report(&verify.Report{Time: time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)}); err == nil {
		t.Error(got)
	}
}
