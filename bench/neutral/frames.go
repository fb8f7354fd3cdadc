package main

import (
	"bytes"
	"encoding/binary"
)

// A gRPC message has five bytes before it: a flag and its length.
const prefixBytes = 5

// Where the parts of an id lie: `slot-SSSS-NNNNNNNN-`. bench/frames.mjs makes them.
const (
	marker       = "slot-"
	slotOffset   = len(marker)
	slotDigits   = 4
	serialOffset = slotOffset + slotDigits + 1
	serialDigits = 8
	maxSlots     = 10_000
)

// The first byte of a message tells its kind.
const (
	registerTag  = 0x0a
	answerTag    = 0x22
	heartbeatTag = 0x32
)

// template is a request whose id is written anew for each use.
type template struct {
	bytes []byte
	id    int
}

func newTemplate(request []byte) template {
	return template{request, bytes.Index(request, []byte(marker))}
}

// appendTo adds the request with this slot and serial to what is to be sent.
func (t template) appendTo(out []byte, slot, serial int) []byte {
	at := len(out) + t.id
	out = append(out, t.bytes...)
	putDigits(out[at+slotOffset:at+slotOffset+slotDigits], slot)
	putDigits(out[at+serialOffset:at+serialOffset+serialDigits], serial)
	return out
}

func putDigits(into []byte, value int) {
	for i := len(into) - 1; i >= 0; i-- {
		into[i] = byte('0' + value%10)
		value /= 10
	}
}

func digits(from []byte) (value int) {
	for _, digit := range from {
		value = value*10 + int(digit-'0')
	}
	return value
}

// idOf tells slot and serial of an answer; false when it has no id of ours.
func idOf(message []byte) (slot, serial int, found bool) {
	at := bytes.Index(message, []byte(marker))
	if at < 0 || len(message) < at+serialOffset+serialDigits {
		return 0, 0, false
	}
	slot = digits(message[at+slotOffset : at+slotOffset+slotDigits])
	serial = digits(message[at+serialOffset : at+serialOffset+serialDigits])
	return slot, serial, true
}

// splitter cuts what comes into messages.
type splitter struct {
	rest []byte
}

// take calls each with every message that is whole; the bytes are valid until it returns.
func (s *splitter) take(chunk []byte, each func(message []byte)) {
	data := chunk
	if len(s.rest) > 0 {
		s.rest = append(s.rest, chunk...)
		data = s.rest
	}
	at := 0
	for len(data)-at >= prefixBytes {
		end := at + prefixBytes + int(binary.BigEndian.Uint32(data[at+1:]))
		if len(data) < end {
			break
		}
		each(data[at+prefixBytes : end])
		at = end
	}
	s.rest = append(s.rest[:0], data[at:]...)
}
