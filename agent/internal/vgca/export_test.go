package vgca

import "time"

// The limits that tests shorten or count up to.
const (
	MaxFrameBytes = maxFrameBytes
	MaxPerOrigin  = maxPerOrigin
	RateBurst     = rateBurst
)

// SetTiming shortens the waits for a question and for the work on it.
func (s *Server) SetTiming(question, work time.Duration) {
	s.timing.question, s.timing.work = question, work
}

// Methods are the names of all methods.
func Methods() (names []string) {
	for n := range methods {
		names = append(names, n)
	}
	return names
}

// Read decodes a question as the methods do, and tells whether it is taken.
func Read(question []byte) (file, files, data, message bool) {
	var f fileRequest
	var fs filesRequest
	var j jsonRequest
	var m messageRequest
	return read(question, &f) == nil && f.check() == nil, read(question, &fs) == nil && fs.check() == nil, read(question, &j) == nil, read(question, &m) == nil
}

// FileName is the name a person is shown.
var FileName = fileName

// ReadHandler tells whether a site's answer is taken for success.
func ReadHandler(b []byte) bool {
	_, err := readHandler(b)
	return err == nil
}

// FilesUnderWay counts the sites whose documents are here.
func (s *Server) FilesUnderWay() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.fileSites)
}
