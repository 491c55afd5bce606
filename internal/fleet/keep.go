package fleet

import (
	"context"
	"runtime/debug"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// Keep has rows stored that decide nothing about chargers: add puts them into
// the next batch, as Commands, Variables, Lists, Uploads and Firmware; whatever
// else it sets is left out. It is called by the committer, perhaps more than
// once, each time with an empty batch; it must be quick and must not call the
// fleet. Keep returns when the rows are durable.
//
// Errors: Unavailable when the store cannot commit or the server ends, Internal
// when only these rows failed.
func (f *Fleet) Keep(ctx context.Context, add func(*charging.Batch)) error {
	r := f.newRequest()
	r.add = add
	if err := f.enqueue(ctx, r); err != nil {
		return err
	}
	_, err := r.wait(ctx)
	return err
}

// NextID returns a fresh id of a kind: positive, and never given twice.
func (f *Fleet) NextID(kind charging.IDKind) (int64, error) { return f.ids.Next(kind) }

// keep adds the rows of a Keep; a panic costs only them.
func (f *Fleet) keep(d *draft, add func(*charging.Batch)) (err error) {
	defer func() {
		if p := recover(); p != nil {
			f.log.Error("rows could not be made", "panic", p, "stack", string(debug.Stack()))
			err = charging.Errorf(charging.Internal, "making rows: %v", p)
		}
	}()
	var b charging.Batch
	add(&b)
	d.batch.Commands = append(d.batch.Commands, b.Commands...)
	d.batch.Variables = append(d.batch.Variables, b.Variables...)
	d.batch.Lists = append(d.batch.Lists, b.Lists...)
	d.batch.Uploads = append(d.batch.Uploads, b.Uploads...)
	d.batch.Firmware = append(d.batch.Firmware, b.Firmware...)
	return nil
}
