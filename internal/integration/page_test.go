package integration_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/awspatterns/awspatterns/lineage/dag"
)

// names returns the texts of the elements that a selector finds, sorted.
func (p *tab) names(selector string) []string {
	p.t.Helper()
	names := get[[]string](p, fmt.Sprintf(`Array.from(document.querySelectorAll(%q), e => e.textContent)`, selector))
	slices.Sort(names)
	return names
}

// wantNames compares the texts of the elements that a selector finds.
func (p *tab) wantNames(selector string, want ...string) {
	p.t.Helper()
	want = slices.Sorted(slices.Values(want))
	if got := p.names(selector); !slices.Equal(got, want) {
		p.t.Errorf("%s are %.200q, want %.200q", selector, got, want)
	}
}

// press is a key press as a keyboard makes it: a page that handles the key down
// keeps the letter from being typed.
func (p *tab) press(key string) {
	p.t.Helper()
	for _, kind := range []input.DispatchKeyEventType{input.DispatchKeyEventTypeKeyDown, input.DispatchKeyEventTypeKeyUp} {
		_, err := chromedp.Call(p.ctx, input.DispatchKeyEvent, input.DispatchKeyEventParams{Type: kind, Key: key, Text: key})
		p.check(err)
	}
}

func TestPageDrawsSmallGraphWhole(t *testing.T) {
	g := films(t)
	p := openPage(t, g, dag.HTMLOptions{Title: "Films lineage"}, "light")
	want(p, `document.title`, "Films lineage")
	want(p, `document.querySelectorAll('.box').length`, len(g.Nodes))
	want(p, `document.querySelectorAll('#edges path').length`, len(g.Edges))
	want(p, `document.querySelectorAll('.box.joined').length`, 3)
	p.wantNames(".box.ghost", "retired_ratings")
	p.wantNames("#status", "Showing 17 nodes, 19 edges")
	p.wantNames("#legend button", "athena9", "redshift8")
	p.screenshot("light")

	// Every edge leads from the right side of a box to the left side of another.
	want(p, `(() => {
		const corners = [...document.querySelectorAll('.box')].map(b => new DOMMatrix(getComputedStyle(b).transform));
		const starts = new Set(corners.map(c => (c.e + 240) + ' ' + (c.f + 18)));
		const ends = new Set(corners.map(c => c.e + ' ' + (c.f + 18)));
		return [...document.querySelectorAll('#edges path')].filter(line => {
			const end = line.getPointAtLength(line.getTotalLength());
			const start = line.getPointAtLength(0);
			return starts.has(start.x + ' ' + start.y) && ends.has(Math.round(end.x) + ' ' + Math.round(end.y));
		}).length;
	})()`, len(g.Edges))
	p.click(`#legend button`)
	want(p, `document.querySelectorAll('.box.off').length`, 8)
	p.click(`#legend button`)
	want(p, `document.querySelectorAll('.box.off').length`, 0)
}

func TestPageDark(t *testing.T) {
	p := openPage(t, films(t), dag.HTMLOptions{Title: "Films lineage"}, "dark")
	want(p, `getComputedStyle(document.body).backgroundColor`, "rgb(13, 17, 23)")
	p.screenshot("dark")
	p.click(`.box[title^="stg_title_basics"]`)
	p.screenshot("dark-details")
}

func TestPageInNarrowWindow(t *testing.T) {
	p := openPage(t, films(t), dag.HTMLOptions{Title: "Films lineage"}, "light")
	p.do(chromedp.EmulateViewport(420, 860))
	want(p, `document.documentElement.scrollWidth`, 420)
	p.screenshot("narrow")
	p.types(kb.ArrowRight)
	p.wantNames("#panel h2", "stg_name_basics")
	p.screenshot("narrow-details")
	p.click("#panel .close")
	want(p, `document.getElementById('panel').hidden`, true)
}

func TestPageSearch(t *testing.T) {
	p := openPage(t, films(t), dag.HTMLOptions{}, "light")
	for query, found := range map[string]string{
		"TITLES":                       "titles_history dim_titles int_titles_rated",
		"stg title":                    "stg_title_basics stg_title_crew stg_title_ratings",
		"tag:pii name:ratings":         "stg_title_ratings",
		"type:sour":                    "title_basics title_crew title_ratings name_basics",
		"project:athena type:seed":     "region_codes",
		`relation:"redshift"."dim`:     "dim_titles",
		"source.redshift.lake.stg_tit": "stg_title_basics stg_title_ratings", // a member's id
		"nothing":                      "",
	} {
		p.press("/")
		p.types(query)
		names := get[[]string](p, `Array.from(document.querySelectorAll('.result'), r => r.firstChild.textContent)`)
		if slices.Sort(names); !slices.Equal(names, slices.Sorted(strings.FieldsSeq(found))) {
			t.Errorf("%s finds %q, want %s", query, names, found)
		}
		p.types(kb.Escape)
		want(p, `document.getElementById('search').value`, "")
		want(p, `document.getElementById('results').hidden`, true)
	}

	p.press("/")
	p.types("title")
	p.screenshot("light-search")
	p.types(kb.ArrowDown + kb.ArrowDown + kb.ArrowUp + kb.Enter)
	p.wantNames("#panel h2", "title_crew")
	p.wantNames(".box.selected", "title_crew")
	want(p, `location.hash`, "#id=athena%2Fsource.athena.title_crew")
}

func TestPageHighlightsImpact(t *testing.T) {
	p := openPage(t, films(t), dag.HTMLOptions{}, "light")
	p.click(`.box[title^="stg_title_basics"]`)
	p.screenshot("light-details")
	p.wantNames(".box.selected", "stg_title_basics")
	p.wantNames(".box.up", "title_basics", "region_codes")
	p.wantNames(".box.down", "int_titles_rated", "int_people_by_title", "dim_titles", "titles_history", "films_dashboard",
		"fct_ratings_by_year_and_region_with_moving_average", "average_rating")
	want(p, `document.querySelectorAll('#edges path.up').length`, 2)
	want(p, `document.querySelectorAll('#edges path.down').length`, 9)
	want(p, `Number(getComputedStyle(document.querySelector('.box[title^="title_crew"]')).opacity) < 0.5`, true)
	p.wantNames("#panel .impact thead tr:last-child", "All27")
	p.wantNames("#panel .impact tbody:nth-of-type(1) tr", "athena20", "redshift07")
	p.wantNames("#panel .members li", "athena/model.athena.stg_title_basics", "redshift/source.redshift.lake.stg_title_basics")
	p.wantNames("#panel .columns dt", "primary_title", "start_year", "title_id")
	for _, text := range []string{
		"athena/model.athena.stg_title_basics", `"lake"."athena"."stg_title_basics"`, "table", "films team", "daily, pii",
		"models/staging/stg_title_basics.sql",
	} {
		if !slices.Contains(p.names("#panel .facts dd"), text) {
			t.Errorf("the panel does not show %s", text)
		}
	}
	p.click(`#panel .neighbours button`) // of "Reads from"
	p.wantNames("#panel h2", "region_codes")
	p.types(kb.Escape)
	want(p, `document.getElementById('panel').hidden`, true)
	want(p, `document.querySelectorAll('.box.up, .box.down, .box.selected').length`, 0)
	want(p, `location.hash`, "")
}

func TestPageKeepsTheNodeInTheAddress(t *testing.T) {
	p := openPage(t, films(t), dag.HTMLOptions{}, "light")
	p.do(chromedp.Navigate("about:blank"), chromedp.Navigate(p.url+"#id=redshift%2Fmodel.redshift.dim_titles"))
	p.wantNames("#panel h2", "dim_titles")
	p.click(`.box[title^="titles_history"]`)
	p.wantNames("#panel h2", "titles_history")
	p.do(chromedp.Evaluate[chromedp.Void](`history.back()`))
	p.eventually(`document.querySelector('#panel h2').textContent === 'dim_titles'`)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.requests = slices.DeleteFunc(p.requests, func(url string) bool { return url == "about:blank" })
}

// eventually waits for an expression to become true.
func (p *tab) eventually(expression string) {
	p.t.Helper()
	for range 100 {
		if get[bool](p, expression) {
			return
		}
		p.do(chromedp.Sleep(20 * time.Millisecond))
	}
	p.t.Errorf("%s does not become true", expression)
}

func TestPageKeyboard(t *testing.T) {
	p := openPage(t, films(t), dag.HTMLOptions{Focus: "redshift/model.redshift.dim_titles"}, "light")
	for _, step := range []struct{ key, want string }{
		{kb.ArrowRight, "titles_history"},
		{kb.ArrowDown, "films_dashboard"},
		{kb.ArrowLeft, "average_rating"},
		{kb.ArrowUp, "dim_titles"},
		{kb.ArrowRight, "titles_history"},
		{kb.ArrowRight, "titles_history"}, // nothing reads it
	} {
		p.types(step.key)
		p.wantNames(".box.selected", step.want)
		p.wantNames(":focus", step.want)
	}
}

func TestPageFocusViewAndBack(t *testing.T) {
	p := openPage(t, films(t), dag.HTMLOptions{Focus: "redshift/model.redshift.int_titles_rated"}, "light")
	p.click("#focus")
	p.choose("hops-up", "1")
	p.choose("hops-down", "1")
	around := []string{
		"stg_title_basics", "stg_title_ratings", "int_titles_rated", "dim_titles",
		"fct_ratings_by_year_and_region_with_moving_average",
	}
	p.wantNames(".box", around...)
	want(p, `document.querySelectorAll('#edges path').length`, 4)
	p.choose("hops-up", "Infinity")
	p.wantNames(".box", append(around, "title_basics", "title_ratings", "region_codes")...)
	p.screenshot("light-focus")
	p.click("#whole")
	want(p, `document.querySelectorAll('.box').length`, 17)
}

// choose sets a select element as a person would.
func (p *tab) choose(id, value string) {
	p.t.Helper()
	get[bool](p, fmt.Sprintf(`(s => { s.value = %q; return s.dispatchEvent(new Event('change')); })(document.getElementById(%q))`, value, id))
}

func TestPagePanAndZoom(t *testing.T) {
	p := openPage(t, films(t), dag.HTMLOptions{}, "light")
	const place = `(r => Math.round(r.x) + ' ' + Math.round(r.width))(document.querySelector('.box').getBoundingClientRect())`
	var x, width, x2, width2 int
	scan := func(x, width *int) {
		if _, err := fmt.Sscan(get[string](p, place), x, width); err != nil {
			t.Fatal(err)
		}
	}
	scan(&x, &width)
	p.do(chromedp.DragAndDropXY(600, 700, 700, 720, 5))
	if scan(&x2, &width2); x2-x != 100 || width2 != width {
		t.Errorf("after a drag by 100: x %d, was %d; width %d, was %d", x2, x, width2, width)
	}
	p.click("#zoom-in")
	if scan(&x, &width); width <= width2 {
		t.Errorf("after zooming in: width %d, was %d", width, width2)
	}
	p.do(chromedp.MouseEvent(input.DispatchMouseEventTypeMouseWheel, 700, 400, func(e *input.DispatchMouseEventParams) {
		e.DeltaX, e.DeltaY = 1, 500 // 0 is not sent, and the browser insists on both
	}))
	p.eventually(fmt.Sprintf(`document.querySelector('.box').getBoundingClientRect().width < %d`, width))
	p.click("#fit")
	p.eventually(fmt.Sprintf(`Math.abs(document.querySelector('.box').getBoundingClientRect().width - %d) < 2`, width2))
}

func TestPageReport(t *testing.T) {
	p := openPage(t, films(t), dag.HTMLOptions{}, "light")
	p.click("#report")
	p.screenshot("light-report")
	p.wantNames("#panel .levels tr", "alias3")
	for _, heading := range []string{
		"Projects 2", "Matches by level", "Matches 3", "Ambiguous, not joined 1", "Placeholders: named but not described 1",
		"Left out 1", "Warnings 1",
	} {
		if !slices.Contains(p.names("#panel h3"), heading) {
			t.Errorf("no %q among %q", heading, p.names("#panel h3"))
		}
	}
	p.click("#panel .report button") // a source that was joined
	p.wantNames("#panel h2", "stg_name_basics")
	p.click("#report")
	p.click("#report")
	want(p, `document.getElementById('panel').hidden`, true)
}

func TestPageDrawsCycles(t *testing.T) {
	var nodes []dag.Node
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		nodes = append(nodes, dag.Node{ID: name, Project: "p", UniqueID: name, Type: "model", Name: name})
	}
	g := newGraph(t, nodes, edgesByName(nodes, "a b  b c  c d  d a  b a  d e"))
	p := openPage(t, g, dag.HTMLOptions{Focus: "b"}, "light")
	p.wantNames(".box.up.down", "a", "c", "d")
	p.wantNames(".box.down:not(.up)", "e")
	p.click("#focus")
	p.wantNames(".box", "a", "b", "c", "d")
	want(p, `document.querySelectorAll('#edges path').length`, 5)
	p.screenshot("cycle")
	// No coordinate is lost on the way: each line is as long as it looks.
	want(p, `[...document.querySelectorAll('#edges path')].every(line => line.getTotalLength() > 50)`, true)
	want(p, `[...document.querySelectorAll('#edges path')].some(line => line.getAttribute('d').includes('NaN'))`, false)
}
