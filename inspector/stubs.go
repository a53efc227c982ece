package inspector

import "github.com/google/uuid"

var _ uuid.UUID

func (v *visit) duplicates() error   { return ErrRouteNotFound }
func (v *visit) preview() error      { return ErrRouteNotFound }
func (v *visit) merge() error        { return ErrRouteNotFound }
func (v *visit) definitions() error  { return ErrRouteNotFound }
func (v *visit) createLabel() error  { return ErrRouteNotFound }
func (v *visit) renameLabel() error  { return ErrRouteNotFound }
func (v *visit) deleteLabel() error  { return ErrRouteNotFound }
func (v *visit) createField() error  { return ErrRouteNotFound }
func (v *visit) renameField() error  { return ErrRouteNotFound }
func (v *visit) deleteField() error  { return ErrRouteNotFound }
func (v *visit) state() error        { return ErrRouteNotFound }
func (v *visit) saveState() error    { return ErrRouteNotFound }
func (v *visit) restoreState() error { return ErrRouteNotFound }
func (v *visit) forkStore() error    { return ErrRouteNotFound }
func (v *visit) advanceClock() error { return ErrRouteNotFound }

type Controls interface{ States() []string }
