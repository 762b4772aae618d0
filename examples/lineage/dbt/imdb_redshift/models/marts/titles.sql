{{ config(dist='title_id', sort=['title_type', 'start_year']) }}

with localized as (

    select
        title_id,
        count(distinct region_code) as localized_title_count
    from {{ ref('new_stg_imdb__title_akas') }}
    where not is_original_title
    group by title_id

),

principals as (

    select
        title_id,
        count(distinct name_id) as principal_count
    from {{ ref('new_stg_imdb__title_principals') }}
    group by title_id

),

known_for as (

    select
        title_id,
        count(distinct name_id) as known_for_count
    from {{ ref('int_known_for_titles_flattened_from_name_basics') }}
    group by title_id

)

select
    basics.title_id,
    basics.title_type,
    basics.primary_title,
    basics.start_year,
    basics.runtime_minutes,
    episodes.series_id,
    episodes.season_number,
    episodes.episode_number,
    ratings.average_rating,
    ratings.vote_count,
    coalesce(localized.localized_title_count, 0) as localized_title_count,
    coalesce(principals.principal_count, 0) as principal_count,
    coalesce(known_for.known_for_count, 0) as known_for_count
from {{ ref('new_stg_imdb__title_basics') }} as basics
left join {{ ref('new_stg_imdb__title_episodes') }} as episodes
    on episodes.episode_id = basics.title_id
left join {{ ref('new_stg_imdb__title_ratings') }} as ratings
    on ratings.title_id = basics.title_id
left join localized
    on localized.title_id = basics.title_id
left join principals
    on principals.title_id = basics.title_id
left join known_for
    on known_for.title_id = basics.title_id
