-- Crew lists can be long, so this model splits them with a numbers join rather
-- than with SUPER arrays. It covers up to 1000 directors of one title.
with crews as (

    select
        title_id,
        director_ids,
        regexp_count(director_ids, ',') + 1 as director_count
    from {{ ref('new_stg_imdb__title_crews') }}
    where director_ids is not null

),

digits as (

    select 0 as digit union all select 1 union all select 2 union all select 3
    union all select 4 union all select 5 union all select 6 union all select 7
    union all select 8 union all select 9

),

numbers as (

    select ones.digit + 10 * tens.digit + 100 * hundreds.digit + 1 as number
    from digits as ones
    cross join digits as tens
    cross join digits as hundreds

)

select distinct
    crews.title_id,
    trim(split_part(crews.director_ids, ',', numbers.number)) as name_id
from crews
inner join numbers
    on numbers.number <= crews.director_count
