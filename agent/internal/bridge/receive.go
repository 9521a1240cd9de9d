package bridge

import (
	"context"
	"os"

	"kyso/agent/internal/signing"
)

// receiveAll takes the documents into temporary files. closeAll, which is never
// nil, ends them.
func (k *call) receiveAll(ctx context.Context, params []documentParams) (documents []signing.Document, closeAll func(), err error) {
	var files []*os.File
	closeAll = func() {
		for _, f := range files {
			f.Close()
		}
	}
	for i, d := range params {
		f, err := k.s.spool.create()
		if err != nil {
			return nil, closeAll, err
		}
		files = append(files, f)
		sum, err := k.receive(ctx, d.Channel, d.Size, f, func(done int64) { k.progress("receiving", i, done, d.Size) })
		if err != nil {
			return nil, closeAll, err
		}
		if want, _ := digestOf(d.SHA256); d.SHA256 != "" && want != sum {
			return nil, closeAll, signing.ErrChanged
		}
		documents = append(documents, signing.Document{Name: d.Name, Data: f, Size: d.Size, SHA256: sum})
	}
	return documents, closeAll, nil
}
