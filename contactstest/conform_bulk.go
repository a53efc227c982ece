package contactstest

import (
	"context"
	"errors"
	"fmt"

	"github.com/contactsdb/contacts"
)

// The contacts of the cases below are selected by their company.
const bulkCompany = "Bulk & Sons"

func bulkSelection() contacts.Selection {
	return contacts.Selection{Filter: contacts.Eq("info.company", bulkCompany)}
}

// bulkInfo returns an info of a contact that bulkSelection selects.
func bulkInfo(first string, emails ...string) contacts.Info {
	info := person(first, emails...)
	info.Company = bulkCompany
	return info
}

// bulkContacts creates contacts that bulkSelection selects.
func bulkContacts(k *kit, n int) []*contacts.Contact {
	k.Helper()
	k.hold() // jobs are not saved
	var list []*contacts.Contact
	for i := range n {
		list = append(list, k.create(bulkInfo(fmt.Sprint("Bulk ", i))))
		k.tick()
	}
	return list
}

// bulkCalls are the three bulk calls, each with a change that every contact accepts.
func bulkCalls(k *kit) []func(contacts.Selection, *contacts.BulkOptions) result[contacts.Job] {
	patch := contacts.Patch{JobTitle: contacts.Set("Baker")}
	return []func(contacts.Selection, *contacts.BulkOptions) result[contacts.Job]{
		func(sel contacts.Selection, opts *contacts.BulkOptions) result[contacts.Job] {
			return of(k.api().BulkUpdate(k.ctx(), sel, patch, opts))
		},
		func(sel contacts.Selection, opts *contacts.BulkOptions) result[contacts.Job] {
			return of(k.api().BulkLabel(k.ctx(), sel, []string{labelCustomers}, nil, opts))
		},
		func(sel contacts.Selection, opts *contacts.BulkOptions) result[contacts.Job] {
			return of(k.api().BulkDelete(k.ctx(), sel, opts))
		},
	}
}

// bulkUpdate updates the contacts that bulkSelection selects.
func (k *kit) bulkUpdate(patch contacts.Patch) result[contacts.Job] {
	k.Helper()
	return of(k.api().BulkUpdate(k.ctx(), bulkSelection(), patch, nil))
}

// bulkLabel changes the labels of the contacts that bulkSelection selects.
func (k *kit) bulkLabel(add, remove []string) result[contacts.Job] {
	k.Helper()
	return of(k.api().BulkLabel(k.ctx(), bulkSelection(), add, remove, nil))
}

// completed requires that a job is done with these totals, and with these errors: pairs of a count and a code. Contacts
// may have changed.
func completed(k *kit, job contacts.Job, t contacts.JobType, total, failed int, errs ...string) {
	k.Helper()
	k.forget()
	same(k, "the status of the job", contacts.JobStatusCompleted, job.Status)
	same(k, "the type of the job", t, job.Type)
	check(k, "the job lacks a date", !job.StartedDate.IsZero() && !job.FinishedDate.Before(job.StartedDate))
	same(k, "the totals of the job", [3]int{total, total - failed, failed},
		[3]int{job.TotalItems, job.SuccessTotal, job.FailedTotal})
	var got []string
	for _, e := range job.Errors {
		got = append(got, fmt.Sprint(e.Count, " ", e.Code))
	}
	same(k, "the errors of the job", errs, got)
}

// bulkCases are those of BLK.
var bulkCases = []conformCase{
	{"BLK-1 a selection must select", Needs{}, func(k *kit) {
		bulkContacts(k, 1)
		for _, call := range bulkCalls(k) {
			for _, sel := range []contacts.Selection{
				{}, {Filter: parsed(k, `{}`)}, {Filter: parsed(k, `{"$and":[]}`)}, {Filter: contacts.And(contacts.And())},
			} {
				call(sel, nil).fails(k, contacts.ErrNoFilterOrSearch)
			}
			call(contacts.Selection{Search: "a\x00"}, nil).invalid(k, "search FORMAT TEXT")
			call(contacts.Selection{Filter: contacts.Eq("info.shoe", 1)}, nil).fails(k, contacts.ErrFilterField)
			call(contacts.Selection{Filter: contacts.Eq("id", "x")}, nil).fails(k, contacts.ErrFilterValue)
		}
	}},
	{"BLK-1 the order of checks", Needs{}, func(k *kit) {
		bulkContacts(k, 1)
		update := func(sel contacts.Selection, patch contacts.Patch) result[contacts.Job] {
			return of(k.api().BulkUpdate(k.ctx(), sel, patch, nil))
		}
		badSelection := contacts.Selection{Filter: contacts.Eq("info.shoe", 1)}
		update(contacts.Selection{}, contacts.Patch{Birthdate: contacts.Set("soon")}).
			invalid(k, "info.birthdate FORMAT LOCAL_DATE")
		update(badSelection, contacts.Patch{}).fails(k, contacts.ErrFilterField)
		twice := contacts.Patch{
			Emails:         contacts.Set([]contacts.Email{{Address: "a@b", Primary: true}, {Address: "b@b", Primary: true}}),
			ExtendedFields: contacts.Set(map[string]any{"custom.missing": 1}),
		}
		k.bulkUpdate(contacts.Patch{}).fails(k, contacts.ErrInsufficientUpdate)
		k.bulkUpdate(twice).fails(k, contacts.ErrMultiplePrimary)
		k.bulkUpdate(setFields(map[string]any{"custom.missing": 1, keyVATID: 1})).fails(k, contacts.ErrFieldNotFound)
		vat := setFields(map[string]any{keyVATID: 1})
		vat.LabelKeys = contacts.Set([]string{"custom.missing"})
		k.bulkUpdate(vat).fails(k, contacts.ErrInvalidFieldValue)
		k.bulkUpdate(contacts.Patch{LabelKeys: contacts.Set([]string{"custom.missing"})}).fails(k, contacts.ErrLabelNotFound)
		of(k.api().BulkLabel(k.ctx(), badSelection, []string{"custom.x"}, nil, nil)).fails(k, contacts.ErrFilterField)
		of(k.api().BulkLabel(k.ctx(), contacts.Selection{}, nil, nil, nil)).invalid(k, "labelKeysToAdd MIN_SIZE 1")
		k.bulkLabel([]string{labelCustomers}, []string{"custom.x"}).fails(k, contacts.ErrLabelNotFound)
	}},
	{"BLK-1 nothing selected", Needs{}, func(k *kit) {
		k.hold()
		for i, call := range bulkCalls(k) {
			kind := []contacts.JobType{contacts.JobUpdate, contacts.JobAddLabels, contacts.JobDelete}[i]
			completed(k, call(bulkSelection(), nil).ok(k), kind, 0, 0)
			completed(k, call(contacts.Selection{Search: bulkCompany}, nil).ok(k), kind, 0, 0)
		}
	}},
	{"BLK-2 a filter and a search", Needs{}, func(k *kit) {
		list := bulkContacts(k, 3)
		sel := bulkSelection()
		sel.Search = "BULK 1"
		patch := contacts.Patch{JobTitle: contacts.Set("Baker")}
		completed(k, of(k.api().BulkUpdate(k.ctx(), sel, patch, nil)).ok(k), contacts.JobUpdate, 1, 0)
		for i, c := range list {
			same(k, "whether a contact was updated", i == 1, k.get(c.ID).Info.JobTitle == "Baker")
		}
		sel = contacts.Selection{Search: "bulk 2"}
		completed(k, of(k.api().BulkDelete(k.ctx(), sel, nil)).ok(k), contacts.JobDelete, 1, 0)
		k.gone(list[2].ID)
	}},
	{"BLK-2 contacts that match later", Needs{}, func(k *kit) {
		list := bulkContacts(k, 4)
		opts := &contacts.BulkOptions{BatchSize: 1}
		late := k.create(person("Late"))
		var during bool
		opts.Progress = func(contacts.Job) {
			if during {
				return
			}
			during = true
			k.update(late, contacts.Patch{Company: contacts.Set(bulkCompany)})
			k.update(list[3], contacts.Patch{Company: contacts.Set("Acorn")})
		}
		patch := contacts.Patch{JobTitle: contacts.Set("Baker")}
		completed(k, of(k.api().BulkUpdate(k.ctx(), bulkSelection(), patch, opts)).ok(k), contacts.JobUpdate, 4, 0)
		same(k, "a contact that matches later", "", k.get(late.ID).Info.JobTitle)
		same(k, "a contact that no longer matches", "Baker", k.get(list[3].ID).Info.JobTitle)
	}},
	{"BLK-3 each contact changes as with Update", Needs{}, func(k *kit) {
		list := bulkContacts(k, 3)
		list[1] = k.update(list[1], contacts.Patch{Company: contacts.Set(bulkCompany)})
		k.tick()
		completed(k, k.bulkUpdate(contacts.Patch{JobTitle: contacts.Set("Baker")}).ok(k), contacts.JobUpdate, 3, 0)
		for _, want := range list {
			got := k.get(want.ID)
			check(k, "updatedDate is not later", got.UpdatedDate.After(want.UpdatedDate))
			want.Info.JobTitle, want.Revision, want.UpdatedDate = "Baker", want.Revision+1, got.UpdatedDate
			sameContact(k, "the contact", want, got)
		}
	}},
	{"BLK-3 batches", Needs{}, func(k *kit) {
		list := bulkContacts(k, 5)
		var jobs []contacts.Job
		opts := &contacts.BulkOptions{BatchSize: 2, Progress: func(j contacts.Job) { jobs = append(jobs, j) }}
		job := of(k.api().BulkUpdate(k.ctx(), bulkSelection(), contacts.Patch{JobTitle: contacts.Set("Baker")}, opts)).ok(k)
		completed(k, job, contacts.JobUpdate, 5, 0)
		var got []int
		for _, j := range jobs {
			same(k, "the ID of the job", job.ID, j.ID)
			got = append(got, j.SuccessTotal)
		}
		same(k, "the contacts after each batch", []int{2, 4, 5}, got)
		for size, want := range map[int]string{-1: "BatchSize MIN 0", 10_001: "BatchSize MAX 10000"} {
			for _, call := range bulkCalls(k) {
				call(bulkSelection(), &contacts.BulkOptions{BatchSize: size}).invalid(k, want)
			}
		}
		same(k, "revision", 2, k.get(list[4].ID).Revision)
	}},
	{"BLK-4 contacts that fail", Needs{}, func(k *kit) {
		list := bulkContacts(k, 4)
		k.setMember(k.update(list[0], patchEmails("member@example.com")).ID, member(contacts.MemberActive))
		before := k.get(list[0].ID)
		patch := contacts.Patch{Emails: contacts.Set([]contacts.Email{}), FirstName: contacts.Set("")}
		list[2] = k.update(list[2], contacts.Patch{LastName: contacts.Set("Byron")})
		completed(k, k.bulkUpdate(patch).ok(k), contacts.JobUpdate, 4, 3,
			"1 CANNOT_UPDATE_MEMBER_EMAIL", "2 INSUFFICIENT_CONTACT_DATA")
		sameContact(k, "a contact that failed", before, k.get(before.ID))
		sameContact(k, "another contact that failed", list[1], k.get(list[1].ID))
		same(k, "the contact that did not fail", "", k.get(list[2].ID).Info.Name.First)
	}},
	{"BLK-4 contacts that are gone", Needs{}, func(k *kit) {
		list := bulkContacts(k, 4)
		opts := &contacts.BulkOptions{BatchSize: 1, Progress: func(j contacts.Job) {
			if j.SuccessTotal == 1 && j.FailedTotal == 0 {
				k.remove(list[1].ID)
				k.merge(k.create(person("Target")), list[3])
			}
		}}
		job := of(k.api().BulkLabel(k.ctx(), bulkSelection(), []string{labelCustomers}, nil, opts)).ok(k)
		completed(k, job, contacts.JobAddLabels, 4, 2, "2 CONTACT_NOT_FOUND")
	}},
	{"BLK-5 labels", Needs{}, func(k *kit) {
		owl := k.newLabel("Owl")
		for _, tc := range []struct {
			add, remove, want []string
			kind              contacts.JobType
		}{
			{[]string{owl, labelCustomers, owl}, nil, []string{labelContacted, owl, labelCustomers}, contacts.JobAddLabels},
			{nil, []string{labelContacted, owl}, nil, contacts.JobRemoveLabels},
			{[]string{labelCustomers}, []string{labelContacted}, []string{labelCustomers}, contacts.JobAddRemoveLabels},
			{[]string{owl}, []string{owl}, []string{labelContacted}, contacts.JobAddRemoveLabels},
		} {
			info := bulkInfo("Ada")
			info.LabelKeys = []string{labelContacted}
			c := k.create(info)
			k.hold()
			completed(k, k.bulkLabel(tc.add, tc.remove).ok(k), tc.kind, 1, 0)
			got := k.get(c.ID)
			same(k, "labelKeys", tc.want, got.Info.LabelKeys)
			same(k, "revision", 2, got.Revision)
			k.remove(c.ID)
		}
	}},
	{"BLK-5 the number of keys", Needs{}, func(k *kit) {
		many := repeated(101, labelCustomers)
		bulkContacts(k, 1)
		k.bulkLabel(many, nil).invalid(k, "labelKeysToAdd MAX_SIZE 100")
		k.bulkLabel(many, many).invalid(k, "labelKeysToAdd MAX_SIZE 100", "labelKeysToRemove MAX_SIZE 100")
		k.bulkLabel([]string{}, []string{}).invalid(k, "labelKeysToAdd MIN_SIZE 1")
		k.forget()
		completed(k, k.bulkLabel(many[:100], many[:100]).ok(k), contacts.JobAddRemoveLabels, 1, 0)
	}},
	{"BLK-5 too many labels", alone, func(k *kit) {
		keys := manyLabels(k, 1999)
		info := bulkInfo("Ada")
		info.LabelKeys = append(keys, labelCustomers)
		c := k.create(info)
		completed(k, k.bulkLabel([]string{labelContacted}, nil).ok(k), contacts.JobAddLabels, 1, 1, "1 INVALID_ARGUMENT")
		sameContact(k, "the contact", c, k.get(c.ID))
		job := k.bulkLabel([]string{labelContacted}, []string{labelCustomers}).ok(k)
		completed(k, job, contacts.JobAddRemoveLabels, 1, 0)
	}},
	{"BLK-6 a context that ends between batches", Needs{}, func(k *kit) {
		list := bulkContacts(k, 3)
		ctx, cancel := context.WithCancel(k.ctx())
		defer cancel()
		opts := &contacts.BulkOptions{BatchSize: 2, Progress: func(contacts.Job) { cancel() }}
		job, err := k.api().BulkUpdate(ctx, bulkSelection(), contacts.Patch{JobTitle: contacts.Set("Baker")}, opts)
		if err != nil {
			k.skipOption(err)
		}
		check(k, "the error is not that of the context", errors.Is(err, context.Canceled) && contacts.CodeOf(err) == "")
		same(k, "the status of the job", contacts.JobStatusUnknown, job.Status)
		check(k, "the job has no finishedDate", !job.FinishedDate.IsZero())
		same(k, "the totals of the job", [3]int{3, 2, 0}, [3]int{job.TotalItems, job.SuccessTotal, job.FailedTotal})
		for i, c := range list {
			same(k, "whether the contact was updated", i < 2, k.get(c.ID).Info.JobTitle == "Baker")
		}
	}},
	{"BLK-7 contacts that cannot be deleted", Needs{}, func(k *kit) {
		list := bulkContacts(k, 6)
		k.setMember(list[0].ID, withRole("", contacts.MemberActive))
		k.setMember(list[1].ID, withRole(contacts.RoleOwner, contacts.MemberActive))
		k.setMember(list[2].ID, withRole(contacts.RoleContributor, contacts.MemberActive))
		k.setBilling(list[3].ID, true)
		k.setMember(list[4].ID, withRole(contacts.RoleOwner, contacts.MemberDeleted))
		job := of(k.api().BulkDelete(k.ctx(), bulkSelection(), nil)).ok(k)
		completed(k, job, contacts.JobDelete, 6, 4, "1 "+string(contacts.ErrDeleteBillingSubscription),
			"2 "+string(contacts.ErrDeleteOwnerOrContributor), "1 "+string(contacts.ErrDeleteSiteMembers))
		k.finds("the contacts that are left", contacts.Query{Filter: bulkSelection().Filter}, list[:4]...)
	}},
	{"BLK-8 jobs", alone, func(k *kit) {
		bulkContacts(k, 1)
		first := k.bulkUpdate(contacts.Patch{JobTitle: contacts.Set("Baker")}).ok(k)
		second := of(k.api().BulkDelete(k.ctx(), bulkSelection(), nil)).ok(k)
		check(k, "two jobs have one ID", first.ID != second.ID)
		k.forget()
		for _, job := range []contacts.Job{first, second} {
			same(k, "the job", job, of(k.api().Job(k.ctx(), job.ID)).ok(k))
		}
		same(k, "the jobs", []contacts.Job{second, first}, of(k.api().Jobs(k.ctx())).ok(k))
		of(k.api().Job(k.ctx(), missingID())).fails(k, contacts.ErrJobNotFound)
	}},
	{"BLK-8 the newest 100", alone, func(k *kit) {
		k.hold()
		first := of(k.api().BulkDelete(k.ctx(), bulkSelection(), nil)).ok(k)
		var want []contacts.Job
		for range 100 {
			job := of(k.api().BulkDelete(k.ctx(), bulkSelection(), nil)).ok(k)
			want = append([]contacts.Job{job}, want...)
		}
		same(k, "the jobs", want, of(k.api().Jobs(k.ctx())).ok(k))
		of(k.api().Job(k.ctx(), first.ID)).fails(k, contacts.ErrJobNotFound)
	}},
	{"BLK-8 a fork begins without jobs", alone, func(k *kit) {
		k.hold()
		job := of(k.api().BulkDelete(k.ctx(), bulkSelection(), nil)).ok(k)
		fork := optional[Forker](k, "Forker").Fork()
		same(k, "the number of jobs", 0, len(of(fork.Jobs(k.ctx())).ok(k)))
		of(fork.Job(k.ctx(), job.ID)).fails(k, contacts.ErrJobNotFound)
	}},
	{"BLK-10 items have their own IDs", Needs{}, func(k *kit) {
		list := bulkContacts(k, 2)
		phones := contacts.Set([]contacts.Phone{{Number: "n/a"}})
		completed(k, k.bulkUpdate(contacts.Patch{Phones: phones}).ok(k), contacts.JobUpdate, 2, 0)
		a, b := k.get(list[0].ID).Info.Phones[0], k.get(list[1].ID).Info.Phones[0]
		check(k, "two contacts share the ID of a phone", a.ID != b.ID)
	}},
	{"BLK-10 an email goes to the oldest", Needs{}, func(k *kit) {
		list := bulkContacts(k, 3)
		patch := patchEmails("bulk@example.com")
		completed(k, k.bulkUpdate(patch).ok(k), contacts.JobUpdate, 3, 2, "2 DUPLICATE_CONTACT_EXISTS")
		k.matches("the email", contacts.Eq("info.emails.email", "bulk@example.com"), list[0])
		k.remove(list[0].ID)
		k.create(person("Ada", "bulk@example.com"))
		completed(k, k.bulkUpdate(patch).ok(k), contacts.JobUpdate, 2, 2, "2 DUPLICATE_CONTACT_EXISTS")
	}},
	{"BLK-10 a phone goes to the oldest", Needs{}, func(k *kit) {
		list := bulkContacts(k, 2)
		patch := contacts.Patch{Phones: contacts.Set(caller("", "US", numberUS).Phones)}
		completed(k, k.bulkUpdate(patch).ok(k), contacts.JobUpdate, 2, 1, "1 DUPLICATE_CONTACT_EXISTS")
		k.matches("the phone", contacts.Eq("info.phones.phone", numberUS), list[0])
	}},
}
