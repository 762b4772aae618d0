{{ config(dist='name_id', sort='name_id') }}

with directed as (

    select
        name_id,
        count(*) as titles_directed
    from {{ ref('int_directors_flattened_from_title_crews') }}
    group by name_id

),

written as (

    select
        name_id,
        count(*) as titles_written
    from {{ ref('int_writers_flattened_from_title_crews') }}
    group by name_id

)

select
    people.name_id,
    people.primary_name,
    people.birth_year,
    people.death_year,
    coalesce(directed.titles_directed, 0) as titles_directed,
    coalesce(written.titles_written, 0) as titles_written
from {{ ref('new_stg_imdb__name_basics') }} as people
left join directed
    on directed.name_id = people.name_id
left join written
    on written.name_id = people.name_id
